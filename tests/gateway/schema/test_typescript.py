"""The types of the JavaScript client are those of the server's classes."""

import pytest

from breakout.contract.table import COMMANDS, PUSHES
from gateway.schema.__main__ import DECLARATIONS, ROOT
from gateway.schema.typescript import declarations, typescript
from gateway.schema.words import read_words

TEXT = DECLARATIONS.read_text(encoding="utf-8")


def test_committed_types_are_those_of_the_classes() -> None:
    fresh = declarations(read_words(ROOT / "PROTOCOL.md"))
    assert fresh == TEXT, "the contract or PROTOCOL.md has changed: run `make types`"


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.event)
def test_call_is_typed_for_every_command(spec) -> None:
    assert f'"{spec.event}": {{ readonly data: {spec.command.__name__}; readonly reply: {spec.reply.__name__} }}' in TEXT


@pytest.mark.parametrize("spec", PUSHES, ids=lambda spec: spec.event)
def test_on_is_typed_for_every_push(spec) -> None:
    assert f'"{spec.event}": {spec.push.__name__};' in TEXT


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 2}, "number"),
        ({"$ref": "#/components/schemas/Room"}, "Room"),
        ({"allOf": [{"$ref": "#/components/schemas/RecallMode"}], "default": "forced"}, "RecallMode"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"type": "array", "items": {"type": "boolean"}}, "readonly boolean[]"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}, "readonly (readonly string[])[]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "Readonly<Record<string, number>>"),
    ],
)
def test_schema_becomes_a_type(schema, expected) -> None:
    assert typescript(schema) == expected


def test_comment_cannot_be_ended_by_its_words() -> None:
    words = read_words(ROOT / "PROTOCOL.md")
    said = words["Room"].__class__("a */ b")
    assert "a * / b" in declarations(words | {"Room": said})
