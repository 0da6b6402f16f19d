"""PROTOCOL.md says what the code knows: every event, field, type, limit, default, error and close code, in both directions.

Where a test fails it shows the row as the code would write it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from breakout.chat import KEPT_MESSAGES
from breakout.contract import objects
from breakout.contract.close_code import CloseCode
from breakout.contract.commands import CommandEnvelope
from breakout.contract.table import COMMAND_BY_EVENT, COMMANDS, PUSHES, CommandSpec, PushSpec
from breakout.countdown import MAX_DURATION_SECONDS, WARNING_SECONDS
from breakout.decisions.recall import RECEIPT_SECONDS
from breakout.errors import REFUSALS, TRANSIENT_CODES
from gateway.settings import Settings
from gateway.wire.decode import MAX_ID_LENGTH
from gateway.wire.fault import MAX_FAULTS
from gateway.wire.field_name import wire_name
from gateway.wire.json_object import MAX_DEPTH
from tests.protocol_reader import DOCUMENT, PARTS, ROOT, table
from tests.protocol_writer import input_rows, object_classes, output_rows, output_type, reply_shape, summary_line

# commands


def test_overview_of_commands_is_the_table() -> None:
    assert table("Commands", 3) == [
        (f"[`{spec.event}`](#{spec.event.replace('.', '').lower()})", spec.needs.value, reply_shape(spec.reply))
        for spec in COMMANDS
    ]


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.event)
def test_command_is_described_field_by_field(spec: CommandSpec) -> None:
    assert summary_line(spec) in PARTS[spec.event]
    assert table(spec.event, 3) == input_rows(spec.command)


# pushes


def test_overview_of_pushes_is_the_table() -> None:
    assert table("Pushes", 2) == [
        (f"[`{spec.event}`](#{spec.event.replace('.', '').lower()})", spec.to) for spec in PUSHES
    ]


@pytest.mark.parametrize("spec", PUSHES, ids=lambda spec: spec.event)
def test_push_is_described_field_by_field(spec: PushSpec) -> None:
    if spec.push.__module__ == objects.__name__:
        assert f"Data: {output_type(spec.push)}." in PARTS[spec.event]
    else:
        assert table(spec.event, 2) == output_rows(spec.push)


def test_no_event_is_described_that_the_code_does_not_know() -> None:
    known = set(COMMAND_BY_EVENT) | {spec.event for spec in PUSHES}
    assert {title for title in PARTS if title.startswith("breakout.")} == known
    assert set(re.findall(r"\bbreakout\.[a-z]+\.[a-zA-Z]+\b", DOCUMENT)) <= known


# objects


@pytest.mark.parametrize("name", sorted(object_classes()))
def test_object_is_described_field_by_field(name: str) -> None:
    kind, sent_by_clients = object_classes()[name]
    assert table(name, 3 if sent_by_clients else 2) == (input_rows(kind) if sent_by_clients else output_rows(kind))


def test_no_object_is_described_that_the_code_does_not_know() -> None:
    assert set(re.findall(r"^### `([A-Z]\w*)`$", DOCUMENT, re.MULTILINE)) == set(object_classes())


# errors, closes, limits


def test_errors_are_the_codes_of_the_refusals() -> None:
    assert table("Errors", 2) == [(f"`{code}`", "yes" if code in TRANSIENT_CODES else "no") for code in REFUSALS]


def test_close_codes_are_those_of_the_code() -> None:
    assert table("Closes", 1) == [(str(code.value),) for code in CloseCode]


def test_every_close_in_the_code_has_a_documented_code() -> None:
    used = {code for package in ("actors", "gateway") for code in close_codes_in(ROOT / package)}
    assert used <= {code.value for code in CloseCode}


def close_codes_in(package: Path) -> Iterator[int]:
    """Numbers given to `close`, `request_close` and `close_frame`, or named CLOSE_..."""
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="close" | "request_close"), args=[ast.Constant(int(code)), *_]):
                    yield code
                case ast.Call(func=ast.Name("close_frame"), args=[ast.Constant(int(code)), *_]):
                    yield code
                case ast.Assign(targets=[ast.Name(name)], value=ast.Constant(int(code))) if name.startswith("CLOSE_"):
                    if code >= 1000:
                        yield code


def test_limits_are_those_of_the_code() -> None:
    said = {name: int(value.replace(",", "")) for name, value in table("Limits", 2) if value.replace(",", "").isdigit()}
    known = {
        "Characters of `id`": MAX_ID_LENGTH,
        "Levels of nesting in a frame": MAX_DEPTH,
        "Fields that one `invalid_data` names": MAX_FAULTS,
        "Messages a room remembers": KEPT_MESSAGES,
        "Seconds a timer may last, extensions included": MAX_DURATION_SECONDS,
        "Seconds left at the first warning": WARNING_SECONDS[0],
        "Seconds left at the last warning": WARNING_SECONDS[1],
        "Seconds after `returnAt` in which receipts count": RECEIPT_SECONDS,
    }
    assert {name: said.get(name) for name in known} == known


def test_limits_that_are_settings_have_their_defaults() -> None:
    said = re.findall(r"\| ([\d,]+) \(`(\w+)`\) \|", DOCUMENT)
    assert len(said) >= 10
    defaults = {field.name: field.default for field in attrs.fields(Settings)}
    assert {name: int(value.replace(",", "")) for value, name in said} == {name: defaults.get(name) for _, name in said}


def test_envelope_fields_are_those_of_the_code() -> None:
    assert [name.strip("`") for (name,) in table("Commands and replies", 1)] == [
        wire_name(field.name) for field in attrs.fields(CommandEnvelope)
    ]
