"""Settings, closing and reopening of a room."""

from attrs import evolve

from breakout.contract.commands import MISSING, CloseRoom, UpdateRoom
from breakout.decisions.context import Context, require_facilitator, require_open, require_revision
from breakout.errors import Conflict, Forbidden, UserNotFound
from breakout.identity import User
from breakout.room import CloseReason, Closing, RoomState, SeatedBy
from breakout.room_commands import AnnounceClosing, CancelClosing, CloseNow, Reopen
from breakout.room_events import ClosingCancelled, RoomClosed, RoomClosing, RoomEvent, RoomReopened, RoomUpdated

SETTINGS = ("name", "topic", "max_participants", "duration_minutes", "auto_assign", "locked")


def update(state: RoomState, command: UpdateRoom, context: Context) -> list[RoomEvent]:
    """Change the settings that were given; nothing happens when none differs.

    Raises:
        Forbidden: Not the facilitator; or a facilitator who names another one.
        RoomClosed: Reopen it first.
        UserNotFound: The new facilitator has never been in the session.
    """
    require_facilitator(state, context)
    require_open(state)
    require_revision(state, command.expected_revision)
    given = {name: value for name in SETTINGS if (value := getattr(command, name)) is not MISSING}
    if not given.get("topic", True):
        given["topic"] = None
    present = {name: getattr(state, name) for name in SETTINGS}
    facilitator = _facilitator(state, command, context)
    if {**present, **given} == present and facilitator == state.facilitator:
        return []
    return [RoomUpdated(**{**present, **given}, facilitator=facilitator)]


def _facilitator(state: RoomState, command: UpdateRoom, context: Context) -> User | None:
    if command.facilitator_id is MISSING:
        return state.facilitator
    if not context.staff:
        raise Forbidden("only staff may change the facilitator")
    if command.facilitator_id is None:
        return None
    found = context.users.get(str(command.facilitator_id))
    if found is None:
        raise UserNotFound(userId=command.facilitator_id)
    return found


def close(state: RoomState, command: CloseRoom, context: Context) -> list[RoomEvent]:
    """Close at once, or announce it and close when the grace ends.

    Raises:
        RoomClosed: It is closed already.
        Conflict: It is closing anyway, and sooner; `details.returnAt` says when.
    """
    require_facilitator(state, context)
    require_open(state)
    require_revision(state, command.expected_revision)
    if not command.grace_seconds:
        return [RoomClosed(CloseReason.CLOSED, context.now, context.new_id)]
    at = context.now + command.grace_seconds * 1000
    if state.closing is not None and state.closing.at <= at:
        raise Conflict("the room is closing already", returnAt=state.closing.at)
    return [RoomClosing(Closing(CloseReason.CLOSED, at, context.new_id))]


def announce_closing(state: RoomState, command: AnnounceClosing, _context: Context) -> list[RoomEvent]:
    """Note that a recall closes this room; a close that comes sooner stays as it is."""
    sooner = state.closing is not None and state.closing.at <= command.closing.at
    return [] if sooner or not state.open else [RoomClosing(command.closing)]


def cancel_closing(state: RoomState, command: CancelClosing, _context: Context) -> list[RoomEvent]:
    if state.closing is None or state.closing.recall_id != command.recall_id:
        return []
    return [ClosingCancelled()]


def close_now(state: RoomState, command: CloseNow, context: Context) -> list[RoomEvent]:
    """Close, whoever sits there; nothing happens when it is closed."""
    return [RoomClosed(command.reason, context.now, command.recall_id)] if state.open else []


def reopen(state: RoomState, command: Reopen, context: Context) -> list[RoomEvent]:
    """Open a closed room again, with seats for those of its former people who are named.

    Raises:
        Conflict: The room is open.
    """
    require_revision(state, command.expected_revision)
    if state.open:
        raise Conflict("the room is open", revision=state.revision)
    returning = [state.former_seats[i] for i in command.returning if i in state.former_seats]
    seats = [
        evolve(seat, joined_at=context.now, number=command.first_number + n, by=SeatedBy.STAFF)
        for n, seat in enumerate(returning)
    ]
    return [RoomReopened(context.now, tuple(seats))]
