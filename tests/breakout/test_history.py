"""Changes from journal entries, the sentences about them, and what leads back."""

import pytest

from breakout import room_events as ev
from breakout.history import SENTENCES, StoredChange, Undo, changes_of, summary, undo_of
from breakout.identity import User
from breakout.ports import StoredEntry
from breakout.room import CloseReason, Role, RoomState, Seat, SeatedBy
from breakout.room_apply import apply
from breakout.session import SessionState

ADA, BEN = User("ada", "Ada", "Lovelace"), User("ben", "", "")
SESSION = SessionState("demo", users={"ada": ADA, "ben": BEN})
MOVE, CLOSE = "breakout.participant.move", "breakout.room.close"


def room(room_id: str, **people: SeatedBy) -> RoomState:
    seats = {i: Seat(User(i, "", ""), Role.PARTICIPANT, 0, number=10, by=by) for i, by in people.items()}
    return RoomState(room_id, "demo", room_id.title(), ADA, 0, seats=seats)


def entry(position: int, room_id: str | None, event: ev.RoomEvent, *, change: str = "x", cause: str = MOVE) -> StoredEntry:
    return StoredEntry(position, room_id, change, cause, ADA, position, event)


def taken(position: int, room_id: str, user: User = ADA, number: int = 10) -> StoredEntry:
    return entry(position, room_id, ev.SeatTaken(Seat(user, Role.PARTICIPANT, 0, number=number, by=SeatedBy.STAFF)))


def left(position: int, room_id: str, user_id: str = "ada") -> StoredEntry:
    return entry(position, room_id, ev.SeatLeft(user_id, 0, ev.LeaveCause.MOVED))


def moved() -> StoredChange:
    """Ada was moved from Blue to Red."""
    [change] = changes_of([left(2, "blue"), taken(1, "red")])
    return change


def test_entries_of_one_command_are_one_change_oldest_first() -> None:
    [change] = changes_of([left(2, "blue"), taken(1, "red")])
    assert [e.position for e in change.entries] == [1, 2]
    assert (change.id, change.at, change.by, change.cause) == ("x", 1, ADA, MOVE)


def test_what_the_server_does_and_what_people_do_for_themselves_is_no_change() -> None:
    by_nobody = StoredEntry(1, "blue", "x", "deadline", None, 1, ev.TimerStopped())
    joined = StoredEntry(2, "blue", "y", "breakout.room.join", ADA, 1, ev.TimerStopped())
    assert changes_of([joined, by_nobody]) == []


@pytest.mark.parametrize("cause", sorted(SENTENCES))
def test_every_kind_of_change_has_a_sentence_that_names_rooms_or_people(cause: str) -> None:
    change = StoredChange("x", 1, ADA, cause, (taken(1, "red"),))
    assert "{" not in summary(change, SESSION, {"red": room("red")})


def test_people_without_a_name_are_called_by_their_id() -> None:
    [change] = changes_of([left(2, "blue", "ben"), taken(1, "red")])
    assert summary(change, SESSION, {}) == "moved Ada Lovelace, ben"


def test_many_are_counted_and_not_named() -> None:
    entries = [left(n, f"room-{n}", f"user-{n}") for n in range(4)]
    [change] = changes_of([StoredEntry(e.position, e.room_id, "x", "breakout.assignments.apply", ADA, 1, e.event) for e in entries])
    rooms = {f"room-{n}": room(f"room-{n}") for n in range(4)}
    assert summary(change, SESSION, rooms) == "assigned 4 people to 4 rooms"


def test_move_leads_back_while_the_person_sits_where_it_put_them() -> None:
    rooms = {"blue": room("blue"), "red": room("red", ada=SeatedBy.STAFF)}
    assert undo_of(moved(), SESSION, rooms) == Undo(reseat=(("ada", "blue"),))


def test_move_leads_back_from_where_others_have_put_the_person_since() -> None:
    rooms = {"blue": room("blue"), "red": room("red"), "green": room("green", ada=SeatedBy.STAFF)}
    assert undo_of(moved(), SESSION, rooms) == Undo(reseat=(("ada", "blue"),))


@pytest.mark.parametrize(
    "rooms",
    [
        {"blue": room("blue"), "red": room("red"), "green": room("green", ada=SeatedBy.SELF)},
        {"blue": room("blue"), "red": room("red")},
        {"blue": room("blue", ada=SeatedBy.STAFF), "red": room("red")},
        {"red": room("red", ada=SeatedBy.STAFF)},
    ],
    ids=["chose another room", "left", "is back already", "room is gone"],
)
def test_move_leads_nowhere_any_more(rooms: dict[str, RoomState]) -> None:
    assert not undo_of(moved(), SESSION, rooms)


def test_move_leads_nowhere_when_the_former_room_is_closed() -> None:
    closed = apply(room("blue"), ev.RoomClosed(CloseReason.CLOSED, 5, "r"))
    assert not undo_of(moved(), SESSION, {"blue": closed, "red": room("red", ada=SeatedBy.STAFF)})


def test_close_leads_back_until_the_room_was_opened_or_closed_anew() -> None:
    event = ev.RoomClosed(CloseReason.CLOSED, 5, "r")
    [change] = changes_of([entry(1, "blue", event, cause=CLOSE)])
    closed = apply(room("blue"), event)
    assert undo_of(change, SESSION, {"blue": closed}) == Undo(reopen=("blue",))
    opened = apply(closed, ev.RoomReopened(6))
    assert not undo_of(change, SESSION, {"blue": opened})
    assert not undo_of(change, SESSION, {"blue": apply(opened, ev.RoomClosed(CloseReason.CLOSED, 7, "s"))})
