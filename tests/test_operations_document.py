"""OPERATIONS.md says what the code knows: settings with their defaults, alerts, commands, and tests that exist."""

import re
from pathlib import Path

import attrs
import click
import pytest

from gateway.cli import main
from gateway.settings import Settings

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "OPERATIONS.md").read_text(encoding="utf-8")


def part(title: str) -> str:
    """The text under a heading, subheadings included."""
    level = re.search(rf"^(#+) {re.escape(title)}$", TEXT, re.MULTILINE)
    assert level is not None
    rest = TEXT[level.end() :]
    following = re.search(rf"^#{{1,{len(level.group(1))}}} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest


def default_text(value: object) -> str:
    if value is None or value == ():
        return "not set" if value is None else "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_every_setting_is_described_with_its_default_in_the_order_of_the_code() -> None:
    said = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", part("Settings"), re.MULTILINE)
    assert said == [(field.name, default_text(field.default)) for field in attrs.fields(Settings)]


def test_every_alert_has_advice_and_no_other_is_described() -> None:
    rules = (ROOT / "ops/alerts.yml").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", part("Alerts"), re.MULTILINE) == re.findall(r"- alert: (\w+)", rules)


def test_every_line_of_the_log_is_described_with_its_level_and_no_other_is() -> None:
    written: dict[str, str] = {}
    for package in ("actors", "breakout", "gateway", "persistence"):
        for path in (ROOT / package).rglob("*.py"):
            for level, event in re.findall(r'(?:\b|_)log\.(\w+)\(\s*"([^"]+)"', path.read_text(encoding="utf-8")):
                written[re.sub(r"%[a-z]", "...", event).replace("`", "")] = "error" if level == "exception" else level
    described = dict(re.findall(r"^\| `([^`]+)` \| (\w+) \|", part("Logs"), re.MULTILINE))
    assert described == {"audit": "always"} | {event: level for event, level in written.items() if level != "debug"}


def test_every_command_of_operators_is_mentioned_and_every_mentioned_one_exists() -> None:
    mentioned = {tuple(found.split()) for found in re.findall(r"\bbreakout ((?:room )?[a-z]+(?:-[a-z]+)?)\b(?!/)", TEXT)}
    for words in mentioned:
        command: click.Command = main
        for word in words:
            assert isinstance(command, click.Group)
            assert word in command.commands, words
            command = command.commands[word]
    asked = {words[0] for words in mentioned}
    assert set(main.commands) - asked <= {"connect", "demo", "token", "readmit", "bench"}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:tests|ops)/[\w./-]+)`", TEXT))))
def test_file_that_is_named_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_links_within_the_page_lead_somewhere() -> None:
    titles = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([\w-]+)\)", TEXT)) <= anchors
