"""The examples of PROTOCOL.md are frames that the code takes or sends."""

import json
import re
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import pytest

from breakout.contract.table import COMMAND_BY_EVENT, PUSHES
from breakout.errors import REFUSALS
from gateway.wire.decode import decode_command, decode_envelope
from gateway.wire.field_name import wire_name
from tests.protocol_reader import DOCUMENT, json_frames


def test_there_are_examples_of_every_kind_of_frame() -> None:
    kinds = {("success" in frame, "topic" in frame, frame["event"] in COMMAND_BY_EVENT) for frame in json_frames()}
    assert {(True, False, False), (False, True, False), (False, False, True)} <= kinds


@pytest.mark.parametrize("frame", json_frames(), ids=lambda frame: f"{frame['event']} {frame.get('id', '')}")
def test_example_is_a_frame_of_this_contract(frame: dict[str, Any]) -> None:
    if frame["event"] == "reply":
        assert_reply(frame)
    elif frame["event"] in COMMAND_BY_EVENT:
        decode_command(decode_envelope(json.dumps(frame)))
    else:
        (spec,) = [spec for spec in PUSHES if spec.event == frame["event"]]
        assert_fields(frame["data"], spec.push)


def assert_reply(frame: dict[str, Any]) -> None:
    if not frame["success"]:
        assert frame["error"]["code"] in REFUSALS
        assert list(frame["error"]) == ["code", "message", "details"]
        return
    commands = {example["id"]: example["event"] for example in json_frames() if example["event"] in COMMAND_BY_EVENT}
    assert_fields(frame["data"], COMMAND_BY_EVENT[commands[frame["id"]]].reply)


def assert_fields(value: Any, kind: Any) -> None:
    """The example has exactly the fields of its class, all the way down."""
    members = [member for member in get_args(kind) if member is not NoneType]
    if value is None:
        assert NoneType in get_args(kind)
    elif get_origin(kind) in {Union, UnionType}:
        assert_fields(value, members[0])
    elif isinstance(value, list):
        for item in value:
            assert_fields(item, members[0])
    elif isinstance(value, dict) and attrs.has(kind):
        assert_object(value, kind)


def assert_object(value: dict[str, Any], kind: type) -> None:
    optional = {wire_name(field.name) for field in attrs.fields(kind) if field.metadata.get("omit_none")}
    hints = {wire_name(name): hint for name, hint in get_type_hints(kind).items()}
    assert hints.keys() - optional <= value.keys() <= hints.keys()
    for name, item in value.items():
        assert_fields(item, hints[name])


def test_python_example_is_python() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert "async def" in example
    assert compile(example, "PROTOCOL.md", "exec").co_names
