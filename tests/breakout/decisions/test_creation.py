import pytest
from attrs import evolve

from breakout.contract.commands import RoomSpec
from breakout.decisions.creation import create_rooms, require_capacity, require_place_for_rooms
from breakout.errors import Forbidden, LimitReached, UserNotFound
from breakout.room import Status
from tests.fakes.rooms import ADA, MOD, NOW, SERVER, by_staff


def test_creator_facilitates_where_nobody_else_is_named():
    rooms = create_rooms("s1", [RoomSpec("Blue"), RoomSpec("Red", facilitator_id="ada")], ["r1", "r2"], by_staff())
    assert [(room.id, room.name, room.facilitator) for room in rooms] == [("r1", "Blue", MOD), ("r2", "Red", ADA)]
    assert all((room.creator, room.created_at, room.status) == (MOD, NOW, Status.WAITING) for room in rooms)


def test_room_belongs_to_the_event_given_or_else_to_that_of_the_token():
    context = by_staff()
    assert context.caller is not None
    context = evolve(context, caller=evolve(context.caller, event_id="token"))
    rooms = create_rooms("s1", [RoomSpec("Blue"), RoomSpec("Red", event_id="given")], ["r1", "r2"], context)
    assert [room.event_id for room in rooms] == ["token", "given"]


def test_empty_topic_is_no_topic():
    assert create_rooms("s1", [RoomSpec("Blue", topic="")], ["r1"], by_staff())[0].topic is None


def test_unknown_facilitator_means_that_no_room_is_created():
    with pytest.raises(UserNotFound):
        create_rooms("s1", [RoomSpec("Blue"), RoomSpec("Red", facilitator_id="stranger")], ["r1", "r2"], by_staff())


def test_server_creates_no_rooms_by_itself():
    with pytest.raises(Forbidden):
        create_rooms("s1", [RoomSpec("Blue")], ["r1"], SERVER)


def test_open_rooms_are_limited():
    require_capacity(190, 10, 200)
    with pytest.raises(LimitReached) as refused:
        require_capacity(190, 11, 200)
    assert refused.value.details == {"limit": "openRooms", "maximum": 200}


def test_rooms_of_a_session_are_limited_closed_ones_included():
    require_place_for_rooms(1_990, 10, 2_000)
    with pytest.raises(LimitReached) as refused:
        require_place_for_rooms(1_990, 11, 2_000)
    assert refused.value.details == {"limit": "rooms", "maximum": 2_000}


def test_rooms_of_one_instant_are_told_apart_by_their_ordinal() -> None:
    rooms = create_rooms("s1", [RoomSpec("Blue"), RoomSpec("Red")], ["r1", "r2"], by_staff(), first_ordinal=5)
    assert [room.ordinal for room in rooms] == [5, 6]
