"""What README.md and OPERATIONS.md say of the bench is so: scenarios, options, and commands that can be run as they stand."""

import re
import shlex
from pathlib import Path

import pytest

from bench.cli import main, run
from bench.remote import TEST_SUFFIXES
from bench.run import Wish, make_plan
from bench.scenarios import SCENARIOS

ROOT = Path(__file__).parent.parent.parent
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "OPERATIONS.md")}
LOAD = TEXTS["OPERATIONS.md"].split("\n## Load tests\n")[1].split("\n## ")[0]
COMMAND = r"breakout-bench ((?:run \S|growth|compare|report|list|prove)[^`\n]*)"
COMMANDS = [found for text in TEXTS.values() for found in re.findall(COMMAND, text)]


def test_every_scenario_is_described_in_the_order_of_the_list():
    described = re.findall(r"^\| `([a-z-]+)` \|", LOAD, re.MULTILINE)
    assert sorted(described) == sorted(SCENARIOS)


def test_every_option_that_is_named_exists():
    known = {option for command in main.commands.values() for parameter in command.params for option in parameter.opts}
    named = set(re.findall(r"--[a-z][a-z0-9-]+", LOAD))
    assert named <= known | {"--user"}
    assert {"--url", "--key-file", "--tokens", "--i-own-this-server", "--generators", "--workers", "--peer"} <= named


def test_names_that_may_be_loaded_are_those_of_the_code():
    assert {f"`{suffix}`" for suffix in TEST_SUFFIXES} <= set(re.findall(r"`\.[a-z]+`", LOAD))


@pytest.mark.parametrize("line", sorted(set(COMMANDS)))
def test_command_can_be_given_as_it_stands(line):
    name, *arguments = shlex.split(line)
    parent = main.context_class(main, info_name="breakout-bench", **main.context_settings)
    given = main.commands[name].make_context(name, arguments, parent=parent).params
    if main.commands[name] is run:
        wish = Wish(peers=given["peers"], kill9=given["kill9"], workers=given["workers"], processes=given["processes"])
        knobs = {key: value for key, value in given.items() if key in ("people", "rooms", "rate", "rounds", "seconds", "beats")}
        make_plan(given["name"], wish, knobs)


def test_commands_were_found():
    assert len(COMMANDS) >= 10
