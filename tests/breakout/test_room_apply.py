import pytest
from hypothesis import given

from breakout import room_events as ev
from breakout.room import RoomState, Status
from breakout.room_apply import UNCOUNTED, apply, replay
from tests.fakes.rooms import ADA, NOW, room, seat
from tests.fakes.strategies import any_of


@given(any_of(RoomState), any_of(ev.RoomEvent))
def test_every_event_applies_to_every_room_and_leaves_the_former_state_alone(state, event):
    before = repr(state)
    changed = apply(state, event)
    assert isinstance(changed, RoomState)
    assert repr(state) == before
    if not isinstance(event, UNCOUNTED):
        assert changed.revision == state.revision + 1


def test_journal_that_does_not_begin_with_the_room_is_an_error():
    with pytest.raises(ValueError, match="must begin with RoomCreated, not SeatTaken"):
        replay(None, [ev.SeatTaken(seat(ADA))])


def test_empty_journal_gives_no_room():
    assert replay(None, []) is None


def test_events_about_people_who_sit_elsewhere_change_only_the_revision():
    changed = apply(room(), ev.SeatLeft("ada", NOW, ev.LeaveCause.LEFT))
    assert changed == apply(room(), ev.HelpClosed(resolved=True)) == room(revision=2)
    assert changed.status is Status.WAITING
