"""Everything about one room that an operator may see."""

from typing import Any

from actors.inspection import inspect_room
from actors.session_runner import SessionRunner
from breakout.contract.views import room_view
from breakout.room import HelpRequest, RoomState, Seat
from gateway.admin.journal_view import user_view
from gateway.wire.encode import WireEncoder


def room_detail(room: RoomState, runner: SessionRunner | None, now: int, encoder: WireEncoder) -> dict[str, Any]:
    """The room's card, its actor (None where its session is not in memory), its people, and the rest of its state."""
    report = None if runner is None else inspect_room(runner, room.id, now)
    return {
        "room": encoder.piece(room_view(room, now)),
        "actor": None if report is None else encoder.piece(report),
        "seats": [_seat_view(seat, runner) for seat in room.seats.values()],
        "formerSeats": len(room.former_seats),
        "closing": None if room.closing is None else encoder.piece(room.closing),
        "help": _help_view(room.help),
        "messages": len(room.messages),
        "reopenedAt": room.reopened_at,
    }


def _seat_view(seat: Seat, runner: SessionRunner | None) -> dict[str, Any]:
    user_id = seat.user.id
    return {
        "user": user_view(seat.user),
        "role": seat.role.value,
        "joinedAt": seat.joined_at,
        "by": seat.by.value,
        "staff": seat.staff,
        "companion": seat.companion,
        "connections": 0 if runner is None else len(runner.presence.connections(user_id)),
        "speakingTimeSeconds": seat.speaking_seconds,
    }


def _help_view(request: HelpRequest | None) -> dict[str, Any] | None:
    """Without the reason, which somebody wrote."""
    if request is None:
        return None
    return {
        "helpId": request.id,
        "user": user_view(request.user),
        "requestedAt": request.requested_at,
        "claimedBy": user_view(request.claimed_by),
    }
