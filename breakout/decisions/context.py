"""What a decision may know beside the state and the command."""

from collections.abc import Mapping

from attrs import frozen

from breakout.errors import Conflict, Forbidden, RoomClosed
from breakout.identity import Caller, User
from breakout.room import RoomState


@frozen
class Context:
    """The circumstances of one command.

    Attributes:
        now: Milliseconds since the Unix epoch.
        caller: Who asks; None for the server itself, which may do everything.
        new_id: A fresh id for whatever the command creates.
        users: Everybody known in the session.
    """

    now: int
    caller: Caller | None
    new_id: str
    users: Mapping[str, User]

    @property
    def staff(self) -> bool:
        return self.caller is None or self.caller.staff

    @property
    def user_id(self) -> str:
        """The caller's user id; empty for the server."""
        return "" if self.caller is None else self.caller.user.id


def require_facilitator(state: RoomState, context: Context) -> None:
    """Raises: Forbidden: The caller is neither staff nor the facilitator of this room."""
    if not context.staff and not state.facilitated_by(context.user_id):
        raise Forbidden("only staff and the facilitator of the room may do this")


def require_open(state: RoomState) -> None:
    """Raises: RoomClosed: The room is closed."""
    if not state.open:
        raise RoomClosed("the room is closed")


def require_revision(state: RoomState, expected_revision: int | None) -> None:
    """Raises: Conflict: The room has changed since the caller looked."""
    if expected_revision is not None and expected_revision != state.revision:
        raise Conflict("the room has changed meanwhile", revision=state.revision)
