from typing import Any, get_args

import orjson
import pytest
from attrs import evolve
from hypothesis import given

from breakout import room_events as ev
from breakout.identity import User
from breakout.room import RoomState
from breakout.room_events import RoomEvent
from breakout.session import SessionEvent, SessionState
from persistence import event_codec as codec
from persistence.refusal import Unstorable
from tests.fakes.changes import ANA, NOW, room, said, seat, taken
from tests.fakes.strategies import any_of

KINDS = [*get_args(RoomEvent), *get_args(SessionEvent)]


@pytest.mark.parametrize("kind", get_args(RoomEvent), ids=lambda kind: kind.__name__)
def test_room_event_survives_its_json_exactly(kind: Any) -> None:
    @given(any_of(kind))
    def roundtrip(event: RoomEvent) -> None:
        assert codec.decode_room_event(*codec.encode_event(event)) == event

    roundtrip()


@pytest.mark.parametrize("kind", get_args(SessionEvent), ids=lambda kind: kind.__name__)
def test_session_event_survives_its_json_exactly(kind: Any) -> None:
    @given(any_of(kind))
    def roundtrip(event: SessionEvent) -> None:
        assert codec.decode_session_event(*codec.encode_event(event)) == event

    roundtrip()


@given(any_of(RoomState))
def test_room_state_survives_its_json_exactly_but_for_its_messages(state: RoomState) -> None:
    assert codec.decode_room(codec.encode_room(state)) == evolve(state, messages=())


@given(any_of(SessionState))
def test_session_state_survives_its_json_exactly(state: SessionState) -> None:
    assert codec.decode_session(codec.encode_session(state)) == state


@given(any_of(User | None))
def test_user_survives_its_json_exactly(user: User | None) -> None:
    assert codec.decode_user(codec.encode_user(user)) == user


def test_kinds_are_the_names_of_the_classes_and_never_collide() -> None:
    assert {kind.__name__: kind for kind in KINDS} == {**codec.ROOM_EVENTS, **codec.SESSION_EVENTS}
    assert len(codec.ROOM_EVENTS) + len(codec.SESSION_EVENTS) == len(KINDS)


def test_event_written_before_a_field_existed_is_read_with_its_default() -> None:
    kind, payload = codec.encode_event(taken())
    stored = orjson.loads(payload)
    del stored["seat"]["staff"], stored["seat"]["speaking_seconds"]
    assert codec.decode_room_event(kind, orjson.dumps(stored).decode()) == taken()


def test_field_that_this_program_does_not_know_is_ignored() -> None:
    stored = {**orjson.loads(codec.encode_room(room())), "colour": "green"}
    assert codec.decode_room(orjson.dumps(stored).decode()) == room()


def test_event_without_a_required_field_is_not_read() -> None:
    with pytest.raises(KeyError):
        codec.decode_room_event("SeatLeft", '{"at": 1, "cause": "left"}')


@pytest.mark.parametrize("event", [
    said("lone \ud800 surrogate"),
    ev.SeatTaken(seat(at=2**63)),
    ev.SeatTaken(seat(number=2**53)),
    ev.SeatLeft(User("x", "X", "X"), NOW, object()),  # type: ignore[arg-type]
])  # fmt: skip
def test_event_that_no_column_could_take_is_unstorable(event: RoomEvent) -> None:
    with pytest.raises(Unstorable):
        codec.encode_event(event)


def test_text_with_nul_and_all_planes_is_storable() -> None:
    text = "\x00 \u202e <script> 😀 \U0010fffd"
    assert codec.decode_room_event(*codec.encode_event(said(text))) == said(text)
    assert codec.decode_user(codec.encode_user(evolve(ANA, first_name=text))) == evolve(ANA, first_name=text)
