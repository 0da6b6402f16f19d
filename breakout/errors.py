"""Refusals: every way in which the server says no, with its code on the wire and its effect.

    Refusal                    the command had no effect, unless the class says otherwise
    ├── Malformed              the frame is not a JSON object of the envelope's form
    ├── UnknownEvent           no such command
    ├── InvalidData            `details.fields` says per path what is wrong
    ├── Forbidden              the caller lacks the permission
    ├── RoomNotFound           no such room in this session
    ├── RoomClosed             the room is closed, or about to close with its grace running
    ├── RoomFull               every place for participants is taken
    ├── RoomLocked             only staff and the facilitator may enter
    ├── NotInRoom              the caller has no seat
    ├── UserNotFound           nobody of that id was ever in this session
    ├── TimerRunning           already running
    ├── TimerNotRunning        nothing to extend, pause, resume or stop
    ├── RecallNotFound         no such recall, or it is over
    ├── HelpNotFound           no such open request
    ├── LimitReached           a documented limit; `details.limit` names it
    ├── Conflict               somebody else was first; `details` has the present state
    ├── RateLimited            `details.retryAfterSeconds`
    ├── RoomUnavailable        the room is being restarted; try again
    ├── Overloaded             a queue is full; nothing was queued; try again
    ├── StorageUnavailable     not committed; the rooms concerned return to what the store has
    └── Internal               a bug; the room restarts from the store

A refusal is a value of the domain. Any other exception is a bug and ends the actor it happened in.
"""

from typing import Any, ClassVar


class Refusal(Exception):
    """The command was refused and had no effect.

    Attributes:
        code: The stable name on the wire.
        message: One sentence for a person: what was wrong and what to do.
        details: Facts for a program, JSON-ready, keys in camelCase.
    """

    code: ClassVar[str] = "internal"
    default_message: ClassVar[str] = "the server failed"

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = message if message is not None else self.default_message
        self.details = details
        super().__init__(self.message)


class Malformed(Refusal):
    code = "malformed"
    default_message = "a frame is one JSON object with a string `event` and an object `data`"


class UnknownEvent(Refusal):
    code = "unknown_event"
    default_message = "there is no such event"


class InvalidData(Refusal):
    """`details["fields"]` maps the path of each wrong field, as the client wrote it, to what is wrong."""

    code = "invalid_data"
    default_message = "some fields are wrong"

    def __init__(self, fields: dict[str, str]) -> None:
        named = "; ".join(f"{path}: {why}" for path, why in list(fields.items())[:5])
        super().__init__(named or None, fields=fields)


class Forbidden(Refusal):
    code = "forbidden"
    default_message = "you may not do this"


class RoomNotFound(Refusal):
    code = "room_not_found"
    default_message = "there is no such room in this session"


class RoomClosed(Refusal):
    code = "room_closed"
    default_message = "the room is closed or closing"


class RoomFull(Refusal):
    code = "room_full"
    default_message = "every place in the room is taken"


class RoomLocked(Refusal):
    code = "room_locked"
    default_message = "the room is locked; staff can move you in"


class NotInRoom(Refusal):
    code = "not_in_room"
    default_message = "join a room first"


class UserNotFound(Refusal):
    code = "user_not_found"
    default_message = "nobody of that id has been in this session"


class TimerRunning(Refusal):
    code = "timer_running"
    default_message = "the timer is already running; extend it instead"


class TimerNotRunning(Refusal):
    code = "timer_not_running"
    default_message = "there is no running timer"


class RecallNotFound(Refusal):
    code = "recall_not_found"
    default_message = "there is no such recall, or it is over"


class HelpNotFound(Refusal):
    code = "help_not_found"
    default_message = "there is no such open request for help"


class LimitReached(Refusal):
    code = "limit_reached"
    default_message = "a limit of this server is reached"


class Conflict(Refusal):
    code = "conflict"
    default_message = "this has changed meanwhile; look again"


class RateLimited(Refusal):
    code = "rate_limited"
    default_message = "too many commands; slow down"


class RoomUnavailable(Refusal):
    code = "room_unavailable"
    default_message = "the room is being restarted; the command had no effect; try again"


class Overloaded(Refusal):
    code = "overloaded"
    default_message = "too much is waiting; nothing was queued; try again"


class StorageUnavailable(Refusal):
    code = "storage_unavailable"
    default_message = "the change could not be stored and did not happen; try again later"


class Internal(Refusal):
    code = "internal"
    default_message = "the server failed at this; it may or may not have taken effect"


REFUSALS: dict[str, type[Refusal]] = {
    kind.code: kind
    for kind in (
        Malformed, UnknownEvent, InvalidData, Forbidden, RoomNotFound, RoomClosed, RoomFull, RoomLocked, NotInRoom,
        UserNotFound, TimerRunning, TimerNotRunning, RecallNotFound, HelpNotFound, LimitReached, Conflict,
        RateLimited, RoomUnavailable, Overloaded, StorageUnavailable, Internal,
    )
}
"""Every refusal by its code on the wire."""

TRANSIENT_CODES = frozenset({"rate_limited", "room_unavailable", "overloaded", "storage_unavailable", "internal"})
"""Refusals that say nothing about the command itself: the same idempotency key may be tried again."""
