"""The schemas say of every command exactly what the decoder accepts."""

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from breakout.contract.table import COMMANDS, PUSHES, CommandSpec
from breakout.errors import InvalidData
from gateway.schema.json_schema import REFERENCE, schemas
from gateway.wire.decode import decode_command, decode_envelope

SCHEMAS = schemas()


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself behind references, and the one real member of a choice with null."""
    if "$ref" in schema:
        return SCHEMAS[schema["$ref"].removeprefix(REFERENCE)]
    members = schema.get("allOf") or [member for member in schema.get("anyOf", ()) if member.get("type") != "null"]
    return resolve(members[0]) if members else schema


def example(schema: dict[str, Any]) -> Any:
    """The smallest value that the schema allows."""
    schema = resolve(schema)
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "string":
            return "a" * max(1, schema.get("minLength", 1))
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return False
        case "array":
            return [example(schema["items"]) for _ in range(schema.get("minItems", 0))]
        case "object":
            return {name: example(schema["properties"][name]) for name in schema.get("required", ())}
    raise AssertionError(schema)


def beyond(schema: dict[str, Any]) -> Iterator[Any]:
    """Values just outside of what the schema allows, and values of other types."""
    schema = resolve(schema)
    if "enum" in schema:
        yield from ("no such choice", 1)
        return
    match schema["type"]:
        case "string":
            yield from (7, True, "a" * (schema["maxLength"] + 1))
            yield from ([""] if schema["minLength"] else [])
        case "integer":
            yield from ("1", 1.5, True, schema["minimum"] - 1, schema["maximum"] + 1)
        case "boolean":
            yield from (0, "false")
        case "array":
            item = example(schema["items"])
            yield from ("x", [item] * (schema["maxItems"] + 1))
            yield from ([[item] * (schema["minItems"] - 1)] if schema["minItems"] else [])
        case "object":
            yield from ("x", {"noSuchField": 1})


def decoded(spec: CommandSpec, data: object) -> object:
    frame = orjson.dumps({"event": spec.event, "data": data})
    return decode_command(decode_envelope(frame.decode()))[1]


def of_command(spec: CommandSpec) -> dict[str, Any]:
    return SCHEMAS[spec.command.__name__]


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.event)
def test_smallest_data_of_the_schema_is_accepted(spec: CommandSpec) -> None:
    assert isinstance(decoded(spec, example(of_command(spec))), spec.command)


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.event)
def test_data_without_a_required_field_is_refused(spec: CommandSpec) -> None:
    for name in of_command(spec)["required"]:
        data = {field: value for field, value in example(of_command(spec)).items() if field != name}
        with pytest.raises(InvalidData) as refused:
            decoded(spec, data)
        assert refused.value.details["fields"] == {name: "is required"}


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.event)
def test_value_just_beyond_the_schema_is_refused(spec: CommandSpec) -> None:
    for name, schema in of_command(spec)["properties"].items():
        for value in beyond(schema):
            with pytest.raises(InvalidData) as refused:
                decoded(spec, example(of_command(spec)) | {name: value})
            assert [path for path in refused.value.details["fields"] if re.match(rf"{name}\b", path)], (name, value)


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.event)
def test_value_at_the_limit_of_the_schema_is_accepted(spec: CommandSpec) -> None:
    for name, schema in of_command(spec)["properties"].items():
        limited = resolve(schema)
        most = {"maxLength": lambda most: "a" * most, "maximum": lambda most: most}
        for limit in most.keys() & limited.keys():
            assert decoded(spec, example(of_command(spec)) | {name: most[limit](limited[limit])})


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.event)
def test_null_is_accepted_exactly_where_the_schema_has_it(spec: CommandSpec) -> None:
    for name, schema in of_command(spec)["properties"].items():
        data = example(of_command(spec)) | {name: None}
        if {"type": "null"} in schema.get("anyOf", ()):
            decoded(spec, data)
        else:
            with pytest.raises(InvalidData):
                decoded(spec, data)


def test_every_class_of_the_contract_is_described_and_nothing_else() -> None:
    named = {kind.__name__ for spec in COMMANDS for kind in (spec.command, spec.reply)} | {s.push.__name__ for s in PUSHES}
    referred = set(re.findall(rf"{REFERENCE}(\w+)", str(SCHEMAS)))
    assert named | referred == set(SCHEMAS)


def test_data_from_the_server_is_open_and_data_for_it_is_closed() -> None:
    assert SCHEMAS["JoinRoom"]["additionalProperties"] is False
    assert SCHEMAS["Room"]["additionalProperties"] is True


def test_field_that_is_left_out_is_optional_and_never_null() -> None:
    progress = SCHEMAS["RecallProgressPush"]
    assert "completedAt" not in progress["required"]
    assert progress["properties"]["completedAt"] == {"type": "integer"}
    assert progress["properties"]["missing"] == {"type": "array", "items": {"type": "string"}}


def test_defaults_are_those_of_the_classes() -> None:
    recall = SCHEMAS["RecallAll"]["properties"]
    assert recall["graceSeconds"] == {"type": "integer", "minimum": 0, "maximum": 300, "default": 10}
    assert recall["mode"] == {"allOf": [{"$ref": f"{REFERENCE}RecallMode"}], "default": "forced"}
    assert "default" not in SCHEMAS["UpdateRoom"]["properties"]["name"]
