"""What operators do to a session. Not part of the wire contract: these commands come over the admin API alone.

They run like every other command - journalled with who and when, answered when committed - and need `breakout:operate`.
"""

from attrs import frozen

from breakout.contract.replies import Done
from breakout.contract.table import CommandSpec, Needs, Route


@frozen
class RestartRoomNow:
    """End the room's actor and start a fresh one from the store."""

    room_id: str


@frozen
class CloseRoomNow:
    """Close the room without grace, whoever sits there."""

    room_id: str


@frozen
class RemoveUser:
    """Close the user's connections with 4002, free their seat, and keep them out until they are readmitted.

    They need not have been in the session yet.
    """

    user_id: str


@frozen
class ReadmitUser:
    user_id: str


OPERATIONS: dict[type, CommandSpec] = {
    kind: CommandSpec(event, kind, Needs.OPERATE, Done, Route.SESSION)
    for event, kind in (
        ("operator.room.restart", RestartRoomNow),
        ("operator.room.close", CloseRoomNow),
        ("operator.user.remove", RemoveUser),
        ("operator.user.readmit", ReadmitUser),
    )
}
"""The operations by their class."""
