"""Starting, extending, pausing, resuming and stopping a room's timer."""

from breakout import countdown as clock
from breakout.contract.commands import ExtendTimer, PauseTimer, ResumeTimer, StartTimer, StopTimer
from breakout.countdown import Countdown
from breakout.decisions.context import Context, require_facilitator, require_open, require_revision
from breakout.errors import InvalidData, RoomClosed, TimerNotRunning, TimerRunning
from breakout.room import RoomState
from breakout.room_events import RoomEvent, TimerExtended, TimerPaused, TimerResumed, TimerStarted, TimerStopped


def start(state: RoomState, command: StartTimer, context: Context) -> list[RoomEvent]:
    """Run a timer of the length asked, or of the room's own.

    The timer's revision goes on from the room's, so that it never runs backwards, also not over a stop.

    Raises:
        RoomClosed: Closed, or closing with its grace running.
        TimerRunning: There is a timer already, running or paused; it is not reset.
        InvalidData: No length was given and the room has no time limit.
    """
    _require(state, command.expected_revision, context)
    if state.closing is not None:
        raise RoomClosed
    if state.countdown is not None:
        raise TimerRunning
    seconds = command.duration_seconds or state.duration_minutes * 60
    if not seconds:
        raise InvalidData({"durationSeconds": "needed, because this room has no time limit of its own"})
    return [TimerStarted(clock.start(seconds, context.now, revision=state.revision + 1), context.now)]


def extend(state: RoomState, command: ExtendTimer, context: Context) -> list[RoomEvent]:
    """Lengthen or shorten what is left of a running or paused timer; at least a second stays.

    Raises:
        InvalidData: Zero seconds, or more than a day in all.
        TimerNotRunning: There is no timer.
    """
    _require(state, command.expected_revision, context)
    extended = clock.extend(_timer(state), _nonzero(command.seconds), context.now)
    if extended.duration_seconds > clock.MAX_DURATION_SECONDS:
        raise InvalidData({"seconds": f"the timer would be longer than {clock.MAX_DURATION_SECONDS} seconds"})
    return [TimerExtended(extended)]


def pause(state: RoomState, command: PauseTimer, context: Context) -> list[RoomEvent]:
    """Raises: TimerNotRunning: There is no timer, or it is paused already."""
    _require(state, command.expected_revision, context)
    timer = _timer(state)
    if not timer.running:
        raise TimerNotRunning("the timer is paused already")
    return [TimerPaused(clock.pause(timer, context.now))]


def resume(state: RoomState, command: ResumeTimer, context: Context) -> list[RoomEvent]:
    """Raises: TimerNotRunning: There is no timer. TimerRunning: It is not paused."""
    _require(state, command.expected_revision, context)
    timer = _timer(state)
    if timer.running:
        raise TimerRunning("the timer is not paused")
    return [TimerResumed(clock.resume(timer, context.now))]


def stop(state: RoomState, command: StopTimer, context: Context) -> list[RoomEvent]:
    """Raises: TimerNotRunning: There is no timer."""
    _require(state, command.expected_revision, context)
    _timer(state)
    return [TimerStopped()]


def _require(state: RoomState, expected_revision: int | None, context: Context) -> None:
    require_facilitator(state, context)
    require_open(state)
    require_revision(state, expected_revision)


def _timer(state: RoomState) -> Countdown:
    if state.countdown is None:
        raise TimerNotRunning
    return state.countdown


def _nonzero(seconds: int) -> int:
    if seconds == 0:
        raise InvalidData({"seconds": "must not be 0"})
    return seconds
