"""Who accompanies whom: captioners and interpreters, who go where their person goes and take no place."""

from breakout.contract.commands import SetCompanion
from breakout.errors import Conflict, InvalidData, UserNotFound
from breakout.session import CompanionSet, SessionEvent, SessionState


def set_companion(state: SessionState, command: SetCompanion) -> list[SessionEvent]:
    """Attach somebody to a person, or (None) to nobody; nothing happens when it is so already.

    Raises:
        UserNotFound: One of the two was never in the session.
        InvalidData: Somebody is to accompany themselves.
        Conflict: A chain: the person accompanies somebody, or the companion is accompanied.
    """
    for user_id in (command.user_id, command.companion_of):
        if user_id is not None and user_id not in state.users:
            raise UserNotFound(userId=user_id)
    if command.companion_of == command.user_id:
        raise InvalidData({"companionOf": "nobody accompanies themselves"})
    if state.companions.get(command.user_id) == command.companion_of:
        return []
    if command.companion_of is not None:
        _require_no_chain(state, command.user_id, command.companion_of)
    return [CompanionSet(command.user_id, command.companion_of)]


def _require_no_chain(state: SessionState, user_id: str, person_id: str) -> None:
    if person_id in state.companions:
        raise Conflict("that person accompanies somebody", companionOf=state.companions[person_id])
    if user_id in state.companions.values():
        raise Conflict("somebody who is accompanied cannot accompany")
