"""The data of commands: every constraint of the contract, and what a client is told."""

from contextlib import suppress
from enum import Enum
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakout.contract import commands as c
from breakout.contract.constraint import Items, Text, Whole
from breakout.contract.table import COMMAND_BY_EVENT, COMMANDS
from breakout.errors import InvalidData
from breakout.session import RecallMode
from gateway.wire.decode import decode_command


def decoded(event: str, data: dict[str, Any]) -> Any:
    return decode_command(c.CommandEnvelope(f"breakout.{event}", "1", data))[1]


def wrong_fields(event: str, data: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidData) as caught:
        decoded(event, data)
    fields: dict[str, str] = caught.value.details["fields"]
    return fields


def test_defaults_stand_when_fields_are_left_out() -> None:
    assert decoded("room.create", {"name": "A"}) == c.CreateRoom("A", None, 8, 15, False, False, None, None)
    assert decoded("all.recall", {}) == c.RecallAll(10, RecallMode.FORCED)


def test_every_field_arrives_under_its_python_name() -> None:
    data = {
        "name": " Blue ", "topic": "", "maxParticipants": 1000, "durationMinutes": 0, "autoAssign": True,
        "locked": True, "facilitatorId": "u" * 128, "eventId": "e" * 64,
    }
    assert decoded("room.create", data) == c.CreateRoom("Blue", "", 1000, 0, True, True, "u" * 128, "e" * 64)


def test_update_tells_left_out_from_null() -> None:
    command = decoded("room.update", {"roomId": "r", "topic": None, "facilitatorId": None})
    assert (command.topic, command.facilitator_id) == (None, None)
    assert (command.name, command.max_participants, command.locked) == (c.MISSING, c.MISSING, c.MISSING)


def test_update_refuses_null_where_there_is_nothing_to_clear() -> None:
    names = ["name", "maxParticipants", "durationMinutes", "autoAssign", "locked"]
    assert list(wrong_fields("room.update", {"roomId": "r", **dict.fromkeys(names)})) == names


@pytest.mark.parametrize("value", [2**63, 2**64, 10**400, -1, 0, 1001, 5.9, 5.0, True, False, "5", "", None, [5], {}])
def test_number_is_refused_when_it_is_not_whole_or_out_of_range(value: object) -> None:
    why = wrong_fields("room.create", {"name": "A", "maxParticipants": value})["maxParticipants"]
    assert why.startswith("must be a whole number from 1 to 1000")


@pytest.mark.parametrize("value", [7, 5.9, None, True, ["x"], {}])
def test_string_is_refused_when_it_is_another_type(value: object) -> None:
    assert wrong_fields("room.create", {"name": value})["name"].startswith("must be a string, not ")


@pytest.mark.parametrize("value", ["false", "true", 0, 1, None, [], {}])
def test_flag_is_refused_when_it_is_another_type(value: object) -> None:
    assert wrong_fields("room.create", {"name": "A", "locked": value})["locked"].startswith("must be true or false")


@pytest.mark.parametrize("value", ["FORCED", "", 1, None, True, ["forced"], {"forced": 1}])
def test_choice_is_refused_with_the_allowed_values(value: object) -> None:
    assert wrong_fields("all.recall", {"mode": value}) == {"mode": 'must be one of "forced", "invited"'}


def test_choice_is_taken_by_its_value() -> None:
    assert decoded("all.recall", {"mode": "invited"}).mode is RecallMode.INVITED


@pytest.mark.parametrize("length", [0, 101, 100_000])
def test_name_is_refused_with_the_limit_when_its_length_is_wrong(length: int) -> None:
    assert wrong_fields("room.create", {"name": "n" * length}) == {"name": f"must have 1-100 characters, not {length}"}


def test_length_counts_characters_after_trimming() -> None:
    assert decoded("room.create", {"name": f"  {'🎈' * 100}\n"}).name == "🎈" * 100
    assert wrong_fields("room.create", {"name": " \t "}) == {"name": "must have 1-100 characters, not 0"}


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)])
def test_control_character_is_refused_inside_a_name(code: int) -> None:
    assert wrong_fields("room.create", {"name": f"a{chr(code)}b"}) == {"name": "must not contain control characters"}


def test_lone_surrogate_is_refused() -> None:
    assert wrong_fields("room.create", {"name": "a\ud800b"}) == {"name": "must not contain control characters"}


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "\u202eevil", "a\u2066b", "'; DROP TABLE", "Ünïcödé 部屋", "a/../b"]
)
def test_name_stays_as_it_is_when_it_is_only_strange(name: str) -> None:
    assert decoded("room.create", {"name": name}).name == name


def test_chat_keeps_lines_and_spaces_and_refuses_other_controls() -> None:
    assert decoded("chat.send", {"text": " a\r\n\tb "}).text == " a\r\n\tb "
    assert wrong_fields("chat.send", {"text": "a\0b"}) == {"text": "must not contain control characters"}


def test_missing_field_is_named() -> None:
    assert wrong_fields("timer.extend", {}) == {"roomId": "is required", "seconds": "is required"}


def test_unknown_field_is_named_with_what_was_meant() -> None:
    why = wrong_fields("room.create", {"name": "A", "max_participants": 3, "zzz": 1})
    assert why == {
        "max_participants": 'is not a field here; did you mean "maxParticipants"?',
        "zzz": "is not a field here",
    }


def test_fault_in_a_list_is_named_with_its_place() -> None:
    rooms = [{"name": "A"}, {"name": ""}, "C", {"nmae": "D"}, None]
    assert wrong_fields("rooms.create", {"rooms": rooms}) == {
        "rooms[1].name": "must have 1-100 characters, not 0",
        "rooms[2]": "must be an object, not a string",
        "rooms[3].name": "is required",
        "rooms[3].nmae": 'is not a field here; did you mean "name"?',
        "rooms[4]": "must be an object, not null",
    }


def test_refusal_names_twenty_faults_at_most() -> None:
    assert len(wrong_fields("rooms.create", {"rooms": [{}] * 200})) == 20


@pytest.mark.parametrize(
    ("rooms", "why"),
    [([], "must have 1-200 items, not 0"), ([{"name": "A"}] * 201, "must have 1-200 items, not 201"),
     ({}, "must be a list, not an object"), ("AB", "must be a list, not a string"), (None, "must be a list, not null")],
)
def test_list_is_refused_when_its_length_or_type_is_wrong(rooms: object, why: str) -> None:
    assert wrong_fields("rooms.create", {"rooms": rooms}) == {"rooms": why}


def test_list_becomes_a_tuple_of_checked_items() -> None:
    rooms = decoded("rooms.create", {"rooms": [{"name": " A "}, {"name": "B", "locked": True}]}).rooms
    assert rooms == (c.RoomSpec("A"), c.RoomSpec("B", locked=True))


def plain_and_constraint(kind: Any) -> tuple[Any, Any]:
    """The type of one field without None and Missing, and its constraint."""
    members = [m for m in get_args(kind) if m not in {NoneType, c.Missing}] if get_origin(kind) is not Annotated else [kind]
    (real,) = members or [kind]
    return get_args(real) if get_origin(real) is Annotated else (real, None)


def needs_constraint(plain: Any) -> bool:
    return plain is not bool and not (isinstance(plain, type) and (issubclass(plain, Enum) or attrs.has(plain)))


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.event)
def test_every_field_of_a_command_has_a_limit(spec: Any) -> None:
    for name, kind in get_type_hints(spec.command, include_extras=True).items():
        plain, constraint = plain_and_constraint(kind)
        if needs_constraint(plain):
            assert isinstance(constraint, Text | Whole | Items), name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(["roomId", "name", "rooms", "seconds", "graceSeconds", "mode", "recallId", "text", "locked"])


@given(event=st.sampled_from(sorted(COMMAND_BY_EVENT)), data=st.dictionaries(FIELDS | st.text(max_size=8), JSON, max_size=5))
def test_any_data_gives_a_command_or_a_refusal(event: str, data: dict[str, Any]) -> None:
    with suppress(InvalidData):
        spec, command = decode_command(c.CommandEnvelope(event, data=data))
        assert type(command) is spec.command
