from typing import Any

import pytest
from attrs import evolve

from breakout.contract.commands import CloseRoom, ExtendTimer, RequestHelp, StartTimer, UpdateRoom
from breakout.errors import Conflict, Forbidden, RoomClosed, UserNotFound
from breakout.room import CloseReason, Closing, SeatedBy, Status, next_deadline
from breakout.room_apply import apply
from breakout.room_commands import AnnounceClosing, CancelClosing, CloseNow, Reopen
from breakout.room_decide import decide, decide_due
from breakout.room_events import RoomClosing, RoomUpdated
from tests.fakes.rooms import ADA, BO, NOW, SERVER, by, by_staff, do, room, seat


def closing(seconds: int, recall_id: str = "recall") -> Closing:
    return Closing(CloseReason.RECALL, NOW + seconds * 1000, recall_id)


def update(**changes: Any) -> UpdateRoom:
    return UpdateRoom("r1", **changes)


def test_update_changes_only_what_was_given():
    state = do(room(topic="old", locked=True), update(name="Red", max_participants=3), by_staff())
    assert state == evolve(room(topic="old", locked=True), name="Red", max_participants=3, revision=2)


def test_update_to_what_is_already_so_changes_nothing():
    assert decide(room(topic="old"), update(topic="old", locked=False), by_staff()) == []


@pytest.mark.parametrize("topic", [None, ""])
def test_update_clears_the_topic(topic):
    assert do(room(topic="old"), update(topic=topic), by_staff()).topic is None


def test_update_is_closed_to_participants_and_in_closed_rooms():
    with pytest.raises(Forbidden):
        decide(room(seat(ADA)), update(name="Mine"), by(ADA))
    with pytest.raises(RoomClosed):
        decide(room(status=Status.CLOSED), update(name="Late"), by_staff())


def test_facilitator_may_rename_their_room_but_not_pass_it_on():
    state = room(facilitator=ADA)
    assert do(state, update(name="Ours"), by(ADA)).name == "Ours"
    with pytest.raises(Forbidden):
        decide(state, update(facilitator_id="bo"), by(ADA))


def test_facilitator_must_have_been_in_the_session():
    with pytest.raises(UserNotFound) as refused:
        decide(room(), update(facilitator_id="stranger"), by_staff())
    assert refused.value.details == {"userId": "stranger"}


def test_update_for_an_older_revision_is_rejected():
    with pytest.raises(Conflict):
        decide(room(revision=5), update(name="Red", expected_revision=4), by_staff())
    assert isinstance(decide(room(revision=5), update(name="Red", expected_revision=5), by_staff())[0], RoomUpdated)


def test_close_without_grace_ends_every_seat_timer_and_request_at_once():
    state = do(do(room(seat(ADA)), StartTimer("r1", 60), by_staff()), RequestHelp(), by(ADA))
    closed = do(state, CloseRoom("r1"), by_staff(NOW + 5000))
    assert (closed.status, closed.seats, closed.countdown, closed.help) == (Status.CLOSED, {}, None, None)
    assert (closed.former_seats, closed.ended_at, closed.recall_id) == (state.seats, NOW + 5000, "new")


def test_close_with_grace_keeps_everybody_until_it_ends():
    state = do(room(seat(ADA)), CloseRoom("r1", 30), by_staff())
    assert (state.status, set(state.seats), next_deadline(state)) == (Status.CLOSING, {"ada"}, NOW + 30_000)
    assert decide_due(state, NOW + 29_999, "x") == []
    closed = apply(state, decide_due(state, NOW + 30_500, "x")[0])
    assert (closed.status, closed.ended_at, closed.recall_id) == (Status.CLOSED, NOW + 30_000, "new")


def test_close_is_rejected_when_the_room_closes_sooner_anyway():
    state = room(closing=closing(10))
    with pytest.raises(Conflict) as refused:
        decide(state, CloseRoom("r1", 30), by_staff())
    assert refused.value.details == {"returnAt": NOW + 10_000}
    assert isinstance(decide(state, CloseRoom("r1", 5), by_staff())[0], RoomClosing)
    assert not do(state, CloseRoom("r1"), by_staff()).open


def test_close_is_rejected_when_closed_and_to_participants():
    with pytest.raises(RoomClosed):
        decide(room(status=Status.CLOSED), CloseRoom("r1"), by_staff())
    with pytest.raises(Forbidden):
        decide(room(seat(ADA)), CloseRoom("r1"), by(ADA))


def test_recall_leaves_a_close_that_comes_sooner():
    assert decide(room(closing=closing(5)), AnnounceClosing(closing(10)), SERVER) == []
    assert do(room(closing=closing(10)), AnnounceClosing(closing(5, "sooner")), SERVER).recall_id == "sooner"


def test_recall_passes_over_a_closed_room():
    assert decide(room(status=Status.CLOSED), AnnounceClosing(closing(5)), SERVER) == []
    assert decide(room(status=Status.CLOSED), CloseNow(CloseReason.RECALL, "recall"), SERVER) == []


def test_cancelled_closing_gives_the_room_the_status_of_its_timer():
    waiting = do(room(), AnnounceClosing(closing(5)))
    running = do(do(room(), StartTimer("r1", 600), by_staff()), AnnounceClosing(closing(5)))
    cancelled = [do(state, CancelClosing("recall")).status for state in (waiting, running)]
    assert cancelled == [Status.WAITING, Status.ACTIVE]


def test_cancelling_another_recall_changes_nothing():
    assert decide(room(closing=closing(5)), CancelClosing("other"), SERVER) == []
    assert decide(room(), CancelClosing("recall"), SERVER) == []


def test_extension_does_not_take_back_an_announced_close():
    state = do(do(room(), StartTimer("r1", 60), by_staff()), AnnounceClosing(closing(5)))
    assert do(state, ExtendTimer("r1", 600), by_staff()).status is Status.CLOSING


def test_reopened_room_waits_with_the_seats_of_those_who_return():
    closed = do(room(seat(ADA, 1, speaking_seconds=9), seat(BO, 2)), CloseNow(CloseReason.CLOSED, "x"))
    state = do(closed, Reopen(("ada", "stranger"), first_number=7), by_staff(NOW + 60_000))
    again = seat(ADA, 7, speaking_seconds=9, joined_at=NOW + 60_000, by=SeatedBy.STAFF)
    assert (state.status, state.seats, state.former_seats) == (Status.WAITING, {"ada": again}, {})
    assert (state.ended_at, state.started_at, state.recall_id) == (None, None, None)


def test_reopening_an_open_room_is_rejected():
    with pytest.raises(Conflict):
        decide(room(), Reopen((), 1), SERVER)
