"""What an event does to a room: `apply(state, event) -> state`, pure and total.

Used when the event happens and again when the room is restored, so both give the same state.
"""

from attrs import evolve

from breakout import room_events as ev
from breakout.chat import KEPT_MESSAGES
from breakout.countdown import warn
from breakout.room import RoomState, Seat, Status, natural_status

SEATING = (ev.SeatTaken, ev.SeatLeft, ev.CompanionMarked)
"""Events that change seats and nothing else, the status neither: they come by the thousand."""

UNCOUNTED = (ev.RoomCreated, ev.MessageSent, ev.SpokeFor)
"""Events that leave `revision` as it is."""


def apply(state: RoomState | None, event: ev.RoomEvent) -> RoomState:
    """The room after `event`. Only `RoomCreated` applies to None.

    Raises:
        ValueError: An event other than `RoomCreated` without a room.
    """
    if isinstance(event, ev.RoomCreated):
        return event.room
    if state is None:
        raise ValueError(f"a room's journal must begin with RoomCreated, not {type(event).__name__}")
    if isinstance(event, SEATING):
        return evolve(state, seats=_apply_seat(state, event), revision=state.revision + 1)
    changed = _apply(state, event)
    if isinstance(event, UNCOUNTED):
        return changed
    status = natural_status(changed) if changed.open else Status.CLOSED
    return evolve(changed, status=status, revision=state.revision + 1)


def replay(state: RoomState | None, events: list[ev.RoomEvent]) -> RoomState | None:
    """`state` after all of `events`."""
    for event in events:
        state = apply(state, event)
    return state


def _apply(state: RoomState, event: ev.RoomEvent) -> RoomState:
    match event:
        case ev.SpokeFor(user_id, seconds):
            spoken = {**state.spoken, user_id: state.spoken.get(user_id, 0) + seconds}
            return evolve(state, seats=_apply_seat(state, event), spoken=spoken)
        case (
            ev.TimerStarted() | ev.TimerExtended() | ev.TimerPaused() | ev.TimerResumed() | ev.TimerStopped()
            | ev.WarningGiven()
        ):
            return _apply_timer(state, event)
        case ev.HelpRequested() | ev.HelpClaimed() | ev.HelpClosed():
            return _apply_help(state, event)
        case ev.MessageSent(message):
            return evolve(state, messages=(*state.messages[-KEPT_MESSAGES + 1 :], message))
        case ev.RoomUpdated():
            return _update(state, event)
        case _:
            return _apply_lifecycle(state, event)


def _apply_seat(
    state: RoomState, event: ev.SeatTaken | ev.SeatLeft | ev.SpokeFor | ev.CompanionMarked
) -> dict[str, Seat]:
    seats = dict(state.seats)
    match event:
        case ev.SeatTaken(seat):
            seats[seat.user.id] = seat
        case ev.SeatLeft(user_id):
            seats.pop(user_id, None)
        case ev.SpokeFor(user_id, seconds) if user_id in seats:
            seats[user_id] = evolve(seats[user_id], speaking_seconds=seats[user_id].speaking_seconds + seconds)
        case ev.CompanionMarked(user_id, companion) if user_id in seats:
            seats[user_id] = evolve(seats[user_id], companion=companion)
    return seats


def _apply_timer(state: RoomState, event: ev.RoomEvent) -> RoomState:
    match event:
        case ev.TimerStarted(countdown, at):
            return evolve(state, countdown=countdown, started_at=state.started_at or at)
        case ev.TimerExtended(countdown) | ev.TimerPaused(countdown) | ev.TimerResumed(countdown):
            return evolve(state, countdown=countdown)
        case ev.WarningGiven(threshold) if state.countdown is not None:
            return evolve(state, countdown=warn(state.countdown, threshold))
        case ev.TimerStopped():
            return evolve(state, countdown=None)
    return state


def _apply_help(state: RoomState, event: ev.RoomEvent) -> RoomState:
    match event:
        case ev.HelpRequested(help_request):
            return evolve(state, help=help_request)
        case ev.HelpClaimed(by) if state.help is not None:
            return evolve(state, help=evolve(state.help, claimed_by=by))
        case ev.HelpClosed():
            return evolve(state, help=None)
    return state


def _update(state: RoomState, event: ev.RoomUpdated) -> RoomState:
    changed = evolve(
        state,
        name=event.name,
        topic=event.topic,
        max_participants=event.max_participants,
        duration_minutes=event.duration_minutes,
        auto_assign=event.auto_assign,
        locked=event.locked,
        facilitator=event.facilitator,
    )
    seats = {i: evolve(seat, role=changed.role_of(i, staff=seat.staff)) for i, seat in state.seats.items()}
    return evolve(changed, seats=seats)


def _apply_lifecycle(state: RoomState, event: ev.RoomEvent) -> RoomState:
    match event:
        case ev.RoomClosing(closing):
            return evolve(state, closing=closing, recall_id=closing.recall_id)
        case ev.ClosingCancelled():
            return evolve(state, closing=None)
        case ev.RoomClosed(_, ended_at, recall_id):
            return _close(state, ended_at, recall_id)
        case ev.RoomReopened(at, seats):
            return evolve(
                state,
                status=Status.WAITING,
                seats={seat.user.id: seat for seat in seats},
                former_seats={},
                started_at=None,
                ended_at=None,
                recall_id=None,
                reopened_at=at,
            )
    return state


def _close(state: RoomState, ended_at: int, recall_id: str) -> RoomState:
    return evolve(
        state,
        status=Status.CLOSED,
        seats={},
        former_seats=state.seats or state.former_seats,
        countdown=None,
        closing=None,
        help=None,
        ended_at=ended_at,
        recall_id=recall_id,
    )
