"""Who may sit down, and who gives up a seat."""

from attrs import evolve

from breakout.decisions.context import Context, require_revision
from breakout.errors import Refusal, RoomClosed, RoomFull, RoomLocked
from breakout.room import Role, RoomState, Seat, SeatedBy
from breakout.room_apply import apply
from breakout.room_commands import Admit, CountSpeech, MarkCompanion, Release, Reseat
from breakout.room_events import CompanionMarked, LeaveCause, RoomEvent, SeatLeft, SeatTaken, SpokeFor


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
    return [SeatTaken(seat)]


def release(state: RoomState, command: Release, context: Context) -> list[RoomEvent]:
    """Give up the seat; nothing happens where there is none, or a newer one."""
    seat = state.seats.get(command.user_id)
    if seat is None or seat.number > command.up_to_number:
        return []
    return [SeatLeft(command.user_id, context.now, command.cause)]


def reseat(state: RoomState, command: Reseat, context: Context) -> list[RoomEvent]:
    """Let some go and others in; those for whom there is no place are left out, without a refusal.

    Whoever leaves gives their place to somebody who comes, also in a room that was shrunk below its people: a swap is neutral.
    """
    places = max(state.max_participants, state.participant_count)
    events: list[RoomEvent] = [
        SeatLeft(user_id, context.now, LeaveCause.MOVED) for user_id in command.leaving if user_id in state.seats
    ]
    staying = {i: seat for i, seat in state.seats.items() if i not in command.leaving}
    state = evolve(state, seats=staying, max_participants=places)
    for entering in command.entering:
        try:
            admitted = admit(state, entering, context)
        except Refusal:
            continue
        for event in admitted:
            state = apply(state, event)
        events += admitted
    return events


def count_speech(state: RoomState, command: CountSpeech, _context: Context) -> list[RoomEvent]:
    return [SpokeFor(command.user_id, command.seconds)] if command.user_id in state.seats and command.seconds else []


def mark_companion(state: RoomState, command: MarkCompanion, _context: Context) -> list[RoomEvent]:
    seat = state.seats.get(command.user_id)
    if seat is None or seat.companion == command.companion:
        return []
    return [CompanionMarked(command.user_id, command.companion)]


def _seat(state: RoomState, command: Admit, context: Context) -> Seat:
    return Seat(
        user=command.user,
        role=state.role_of(command.user.id, staff=command.staff),
        joined_at=context.now,
        number=command.number,
        staff=command.staff,
        companion=command.companion,
        by=command.by,
        speaking_seconds=state.spoken.get(command.user.id, 0),
    )
