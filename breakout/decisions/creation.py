"""New rooms: what organizers ask for becomes the first state of each."""

from collections.abc import Sequence

from attrs import evolve

from breakout.contract.commands import RoomSpec
from breakout.decisions.context import Context
from breakout.errors import Forbidden, LimitReached, UserNotFound
from breakout.identity import Caller, User
from breakout.room import RoomState


def create_rooms(
    session_id: str, specs: Sequence[RoomSpec], room_ids: Sequence[str], context: Context, *, first_ordinal: int = 0
) -> list[RoomState]:
    """The first states of new rooms, all or none; the creator facilitates where nobody else is named.

    `first_ordinal` is how many rooms the session has had.

    Raises:
        UserNotFound: A facilitator who has never been in the session.
    """
    if context.caller is None:
        raise Forbidden
    caller = context.caller
    return [
        evolve(_room(session_id, spec, room_id, _facilitator(spec, caller, context), context), ordinal=first_ordinal + n)
        for n, (spec, room_id) in enumerate(zip(specs, room_ids, strict=True))
    ]


def require_capacity(open_rooms: int, new_rooms: int, max_open_rooms: int) -> None:
    """Raises: LimitReached: The session would have more open rooms than it may."""
    if open_rooms + new_rooms > max_open_rooms:
        raise LimitReached(
            f"a session may have {max_open_rooms} open rooms; {open_rooms} are open",
            limit="openRooms",
            maximum=max_open_rooms,
        )


def require_place_for_rooms(rooms: int, new_rooms: int, max_rooms: int) -> None:
    """Raises: LimitReached: The session would have more rooms than it may, those that are closed included."""
    if rooms + new_rooms > max_rooms:
        raise LimitReached(
            f"a session may have {max_rooms} rooms in its life, and has had {rooms}; reopen closed ones instead",
            limit="rooms",
            maximum=max_rooms,
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
