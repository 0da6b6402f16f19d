"""What can happen to a room: the facts its journal keeps.

Events carry what `room_apply.apply` needs and nothing that could be derived; they are stored under their class name, so a
class or a field is never renamed once released, only added with a default.
"""

from enum import Enum

from attrs import frozen

from breakout.chat import Message
from breakout.countdown import Countdown
from breakout.identity import User
from breakout.room import CloseReason, Closing, HelpRequest, RoomState, Seat


class LeaveCause(Enum):
    """Why a seat was given up."""

    LEFT = "left"
    MOVED = "moved"
    STAFF = "staff"
    HOLD_EXPIRED = "holdExpired"
    CLOSED = "closed"


@frozen
class RoomCreated:
    """The room exists; `room` is its whole first state."""

    room: RoomState


@frozen
class RoomUpdated:
    """Settings changed; each field has its new value, changed or not."""

    name: str
    topic: str | None
    max_participants: int
    duration_minutes: int
    auto_assign: bool
    locked: bool
    facilitator: User | None


@frozen
class SeatTaken:
    seat: Seat


@frozen
class SeatLeft:
    user_id: str
    at: int
    cause: LeaveCause


@frozen
class TimerStarted:
    countdown: Countdown
    at: int


@frozen
class TimerExtended:
    countdown: Countdown


@frozen
class TimerPaused:
    countdown: Countdown


@frozen
class TimerResumed:
    countdown: Countdown


@frozen
class TimerStopped:
    """The room waits again, unless it is closing."""


@frozen
class WarningGiven:
    threshold_seconds: int


@frozen
class RoomClosing:
    closing: Closing


@frozen
class ClosingCancelled:
    """The announced close will not happen."""


@frozen
class RoomClosed:
    """Everybody's seat ended at `ended_at`; `recall_id` names the announcement they may acknowledge."""

    reason: CloseReason
    ended_at: int
    recall_id: str


@frozen
class RoomReopened:
    at: int
    seats: tuple[Seat, ...] = ()


@frozen
class MessageSent:
    """Attributes: broadcast: Sent to several rooms at once; people see it as a broadcast, and find it in the chat later."""

    message: Message
    broadcast: bool = False


@frozen
class HelpRequested:
    help: HelpRequest


@frozen
class HelpClaimed:
    by: User


@frozen
class HelpClosed:
    """The request was cancelled or resolved."""

    resolved: bool


@frozen
class SpokeFor:
    """Somebody spoke for `seconds` more; ends one stretch."""

    user_id: str
    seconds: int


@frozen
class CompanionMarked:
    """Whether somebody who sits here accompanies somebody, from here on."""

    user_id: str
    companion: bool


RoomEvent = (
    RoomCreated | RoomUpdated | SeatTaken | SeatLeft | TimerStarted | TimerExtended | TimerPaused | TimerResumed
    | TimerStopped | WarningGiven | RoomClosing | ClosingCancelled | RoomClosed | RoomReopened | MessageSent
    | HelpRequested | HelpClaimed | HelpClosed | SpokeFor | CompanionMarked
)
