"""New rooms: what organizers ask for becomes the first state of each."""

from collections.abc import Sequence

from breakout.contract.commands import RoomSpec
from breakout.decisions.context import Context
from breakout.errors import Forbidden, LimitReached, UserNotFound
from breakout.identity import Caller, User
from breakout.room import RoomState


def create_rooms(
    session_id: str, specs: Sequence[RoomSpec], room_ids: Sequence[str], context: Context
) -> list[RoomState]:
    """The first states of new rooms, all or none; the creator facilitates where nobody else is named.

    Raises:
        UserNotFound: A facilitator who has never been in the session.
    """
    if context.caller is None:
        raise Forbidden
    caller = context.caller
    return [
        _room(session_id, spec, room_id, _facilitator(spec, caller, context), context)
        for spec, room_id in zip(specs, room_ids, strict=True)
    ]


def require_capacity(open_rooms: int, new_rooms: int, max_open_rooms: int) -> None:
    """Raises: LimitReached: The session would have more open rooms than it may."""
    if open_rooms + new_rooms > max_open_rooms:
        raise LimitReached(
            f"a session may have {max_open_rooms} open rooms; {open_rooms} are open",
            limit="openRooms",
            maximum=max_open_rooms,
        )


def _facilitator(spec: RoomSpec, caller: Caller, context: Context) -> User:
    if spec.facilitator_id is None:
        return caller.user
    found = context.users.get(spec.facilitator_id)
    if found is None:
        raise UserNotFound(userId=spec.facilitator_id)
    return found


def _room(session_id: str, spec: RoomSpec, room_id: str, facilitator: User, context: Context) -> RoomState:
    assert context.caller is not None
    return RoomState(
        id=room_id,
        session_id=session_id,
        event_id=spec.event_id or context.caller.event_id,
        name=spec.name,
        topic=spec.topic or None,
        max_participants=spec.max_participants,
        duration_minutes=spec.duration_minutes,
        auto_assign=spec.auto_assign,
        locked=spec.locked,
        creator=context.caller.user,
        facilitator=facilitator,
        created_at=context.now,
    )
