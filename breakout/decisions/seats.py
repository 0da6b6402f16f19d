"""Who may sit down, and who gives up a seat."""

from attrs import evolve

from breakout.decisions.context import Context, require_revision
from breakout.errors import RoomClosed, RoomFull, RoomLocked
from breakout.room import Role, RoomState, Seat
from breakout.room_commands import Admit, Exchange, Release
from breakout.room_events import LeaveCause, RoomEvent, SeatedBy, SeatLeft, SeatTaken


def admit(state: RoomState, command: Admit, context: Context) -> list[RoomEvent]:
    """Seat somebody; someone who sits here already keeps their seat and nothing happens.

    Raises:
        RoomClosed: Closed, or the grace of a close or recall is running.
        RoomLocked: Locked, and it is not staff who places them, nor are they the facilitator.
        RoomFull: No place left for a participant.
    """
    require_revision(state, command.expected_revision)
    if command.user.id in state.seats:
        return []
    if not state.enterable:
        raise RoomClosed
    seat = _seat(state, command, context)
    if state.locked and command.by is not SeatedBy.STAFF and seat.role is Role.PARTICIPANT:
        raise RoomLocked
    if seat.counts and state.participant_count >= state.max_participants:
        raise RoomFull(maxParticipants=state.max_participants)
    return [SeatTaken(seat, command.by)]


def release(state: RoomState, command: Release, context: Context) -> list[RoomEvent]:
    """Give up the seat; nothing happens where there is none, or a newer one."""
    seat = state.seats.get(command.user_id)
    if seat is None or seat.number > command.up_to_number:
        return []
    return [SeatLeft(command.user_id, context.now, command.cause)]


def exchange(state: RoomState, command: Exchange, context: Context) -> list[RoomEvent]:
    """One out and one in; the room may be full, as long as it is not fuller afterwards.

    Raises:
        RoomClosed: Closed or closing.
        RoomFull: The one who comes needs a place and the one who leaves had none.
    """
    out = SeatLeft(command.leaving_user_id, context.now, LeaveCause.MOVED)
    without = evolve(state, seats={i: s for i, s in state.seats.items() if i != command.leaving_user_id})
    spare = max(without.max_participants, state.participant_count)
    return [out, *admit(evolve(without, max_participants=spare), command.admit, context)]


def _seat(state: RoomState, command: Admit, context: Context) -> Seat:
    return Seat(
        user=command.user,
        role=state.role_of(command.user.id, staff=command.staff),
        joined_at=context.now,
        number=command.number,
        staff=command.staff,
        companion=command.companion,
    )
