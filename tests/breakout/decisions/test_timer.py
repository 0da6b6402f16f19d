import pytest

from breakout.contract.commands import ExtendTimer, PauseTimer, ResumeTimer, StartTimer, StopTimer
from breakout.errors import Conflict, Forbidden, InvalidData, RoomClosed, TimerNotRunning, TimerRunning
from breakout.room import CloseReason, Closing, RoomState, Status, next_deadline
from breakout.room_apply import apply
from breakout.room_decide import decide, decide_due
from breakout.room_events import WarningGiven
from tests.fakes.rooms import ADA, NOW, by, by_staff, do, room, seat

EVERY_COMMAND = [StartTimer("r1", 60), ExtendTimer("r1", 60), PauseTimer("r1"), ResumeTimer("r1"), StopTimer("r1")]


def started(seconds: int = 600, **fields: object) -> RoomState:
    return do(room(**fields), StartTimer("r1", seconds), by_staff())


def test_timer_runs_for_the_duration_of_the_room_unless_another_is_given():
    countdown = do(room(duration_minutes=2), StartTimer("r1"), by_staff()).countdown
    assert countdown is not None
    assert (countdown.duration_seconds, countdown.ends_at) == (120, NOW + 120_000)


def test_timer_makes_the_room_active_and_notes_its_first_start():
    state = started()
    assert (state.status, state.started_at) == (Status.ACTIVE, NOW)
    again = do(do(state, StopTimer("r1"), by_staff()), StartTimer("r1", 60), by_staff(NOW + 5000))
    assert again.started_at == NOW


def test_timer_of_a_room_without_time_limit_needs_a_length():
    with pytest.raises(InvalidData) as refused:
        decide(room(duration_minutes=0), StartTimer("r1"), by_staff())
    assert "durationSeconds" in refused.value.details["fields"]


@pytest.mark.parametrize("then", [None, PauseTimer("r1")])
def test_second_start_is_rejected_and_never_resets(then):
    state = started() if then is None else do(started(), then, by_staff())
    with pytest.raises(TimerRunning):
        decide(state, StartTimer("r1", 60), by_staff(NOW + 1000))


def test_start_is_rejected_while_the_grace_of_a_close_runs():
    with pytest.raises(RoomClosed):
        decide(room(closing=Closing(CloseReason.CLOSED, NOW + 1, "x")), StartTimer("r1", 60), by_staff())


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=lambda command: type(command).__name__)
def test_timer_is_closed_to_participants_and_in_closed_rooms(command):
    with pytest.raises(Forbidden):
        decide(room(seat(ADA)), command, by(ADA))
    with pytest.raises(RoomClosed):
        decide(room(status=Status.CLOSED), command, by_staff())


@pytest.mark.parametrize("command", EVERY_COMMAND[1:], ids=lambda command: type(command).__name__)
def test_timer_command_is_rejected_without_a_timer(command):
    with pytest.raises(TimerNotRunning):
        decide(room(), command, by_staff())


def test_facilitator_may_start_the_timer_of_their_room():
    assert do(room(facilitator=ADA), StartTimer("r1", 60), by(ADA)).status is Status.ACTIVE


def test_command_for_an_older_revision_is_rejected():
    with pytest.raises(Conflict) as refused:
        decide(started(), StopTimer("r1", expected_revision=1), by_staff())
    assert refused.value.details == {"revision": 2}


def test_extension_by_nothing_is_rejected():
    with pytest.raises(InvalidData):
        decide(started(), ExtendTimer("r1", 0), by_staff())


def test_extension_beyond_a_day_is_rejected():
    assert decide(started(600), ExtendTimer("r1", 86_400 - 600), by_staff())
    with pytest.raises(InvalidData):
        decide(started(600), ExtendTimer("r1", 86_400 - 599), by_staff())


def test_pausing_twice_and_resuming_a_running_timer_are_rejected():
    with pytest.raises(TimerRunning):
        decide(started(), ResumeTimer("r1"), by_staff())
    with pytest.raises(TimerNotRunning):
        decide(do(started(), PauseTimer("r1"), by_staff()), PauseTimer("r1"), by_staff())


def test_stop_takes_the_room_back_to_waiting():
    state = do(started(), StopTimer("r1"), by_staff())
    assert (state.status, state.countdown) == (Status.WAITING, None)


def test_last_warning_makes_the_room_closing_and_still_lets_people_in():
    state = started(600)
    state = apply(state, decide_due(state, NOW + 540_000, "x")[0])
    assert (state.status, state.enterable) == (Status.CLOSING, True)


def test_first_warning_leaves_the_room_active():
    state = started(600)
    assert decide_due(state, NOW + 300_000, "x") == [WarningGiven(300)]
    assert apply(state, WarningGiven(300)).status is Status.ACTIVE


def test_extension_past_the_last_warning_makes_the_room_active_again():
    warned = apply(started(600), WarningGiven(60))
    assert do(warned, ExtendTimer("r1", 5), by_staff(NOW + 550_000)).status is Status.CLOSING
    assert do(warned, ExtendTimer("r1", 300), by_staff(NOW + 550_000)).status is Status.ACTIVE


def test_room_wakes_for_its_warnings_and_its_end_in_turn():
    state = started(600)
    woken = []
    while (at := next_deadline(state)) is not None:
        woken.append(at - NOW)
        state = apply(state, decide_due(state, at, "x")[0])
    assert woken == [300_000, 540_000, 600_000]
    assert (state.status, state.ended_at) == (Status.CLOSED, NOW + 600_000)


def test_room_whose_timer_ended_while_nobody_looked_closes_as_of_its_end():
    state = started(600)
    closed = apply(state, decide_due(state, NOW + 10**9, "recall")[0])
    assert (closed.ended_at, closed.recall_id) == (NOW + 600_000, "recall")


def test_paused_timer_has_no_deadline():
    state = do(started(), PauseTimer("r1"), by_staff())
    assert next_deadline(state) is None
    assert decide_due(state, NOW + 10**9, "x") == []


def test_timer_revision_goes_on_over_a_stop():
    first = started()
    second = do(do(first, StopTimer("r1"), by_staff()), StartTimer("r1", 60), by_staff())
    assert first.countdown is not None
    assert second.countdown is not None
    assert second.countdown.revision > first.countdown.revision
