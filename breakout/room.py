"""A room: one pure state machine.

    status    entered by                                        leaves by
    WAITING   RoomCreated, RoomReopened, TimerStopped           TimerStarted, RoomClosing, RoomClosed
    ACTIVE    TimerStarted, an extension past the last warning  WarningGiven(last), RoomClosing, RoomClosed, TimerStopped
    CLOSING   WarningGiven(last), RoomClosing                   RoomClosed, ClosingCancelled, TimerExtended, TimerStopped
    CLOSED    RoomClosed                                        RoomReopened

`closing` is set while a close or a recall with grace runs: nobody may enter any more. A room that is CLOSING only because
its last warning was given still lets people in.

`revision` counts every stored change of the room except chat and speaking time. A CLOSED room has no seats; those who sat
in it are kept in `former_seats` until it is reopened.
"""

from collections.abc import Mapping
from enum import Enum

from attrs import field, frozen

from breakout.chat import Message
from breakout.countdown import LAST_WARNING_SECONDS, Countdown, next_change_at
from breakout.identity import User


class Status(Enum):
    WAITING = "WAITING"
    ACTIVE = "ACTIVE"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"


class Role(Enum):
    """How someone sits in a room. FACILITATOR: the room's facilitator and visiting staff; takes no capacity."""

    FACILITATOR = "FACILITATOR"
    PARTICIPANT = "PARTICIPANT"


class SeatedBy(Enum):
    """Who decided where somebody sits; a value on the wire."""

    SELF = "self"
    STAFF = "staff"
    AUTO = "auto"
    RECALL = "recall"


class CloseReason(Enum):
    TIMER = "timer"
    CLOSED = "closed"
    RECALL = "recall"
    FAILED = "failed"


@frozen
class Seat:
    """Somebody's place in a room; durable, whether they are connected or not.

    Attributes:
        number: Counts up over the whole session with every seating; of two seats of one user the higher one counts.
        staff: Whether the user was staff when they sat down.
        by: Who seated them; what they chose themselves is not undone.
        companion: Whether they accompany somebody (captioner, interpreter); a companion takes no capacity.
        speaking_seconds: How long they have spoken in this room, over all their visits.
    """

    user: User
    role: Role
    joined_at: int
    number: int
    staff: bool = False
    companion: bool = False
    by: SeatedBy = SeatedBy.SELF
    speaking_seconds: int = 0

    @property
    def counts(self) -> bool:
        """Whether this seat uses up capacity."""
        return self.role is Role.PARTICIPANT and not self.companion


@frozen
class Closing:
    """A close that was announced and waits for its grace to end.

    Attributes:
        at: When the room closes.
        recall_id: Names the announcement to its people, who acknowledge it.
    """

    reason: CloseReason
    at: int
    recall_id: str


@frozen
class HelpRequest:
    """An open call for help from inside the room; a room has one at most."""

    id: str
    user: User
    reason: str | None
    requested_at: int
    claimed_by: User | None = None


@frozen
class RoomState:
    """Everything a room knows that must outlive its actor.

    `ordinal` counts the session's rooms: it tells apart those of one instant, so that "oldest first" is one order.

    Attributes:
        spoken: How many seconds each person has spoken here, over all their visits; also those who have left.
        reopened_at: When it was last opened again after a close.
    """

    id: str
    session_id: str
    name: str
    creator: User
    created_at: int
    event_id: str | None = None
    topic: str | None = None
    max_participants: int = 8
    duration_minutes: int = 15
    auto_assign: bool = False
    locked: bool = False
    status: Status = Status.WAITING
    started_at: int | None = None
    ended_at: int | None = None
    facilitator: User | None = None
    seats: Mapping[str, Seat] = field(factory=dict)
    spoken: Mapping[str, int] = field(factory=dict)
    former_seats: Mapping[str, Seat] = field(factory=dict)
    countdown: Countdown | None = None
    closing: Closing | None = None
    recall_id: str | None = None
    help: HelpRequest | None = None
    messages: tuple[Message, ...] = ()
    revision: int = 1
    ordinal: int = 0
    reopened_at: int | None = None

    @property
    def participant_count(self) -> int:
        """Seats of role PARTICIPANT, companions aside: what counts against `max_participants`."""
        return sum([seat.role is Role.PARTICIPANT and not seat.companion for seat in self.seats.values()])  # as `Seat.counts`

    @property
    def open(self) -> bool:
        return self.status is not Status.CLOSED

    @property
    def enterable(self) -> bool:
        """Open, with no close or recall announced."""
        return self.open and self.closing is None

    def facilitated_by(self, user_id: str) -> bool:
        return self.facilitator is not None and self.facilitator.id == user_id

    def role_of(self, user_id: str, *, staff: bool) -> Role:
        """The role in which this person sits, or would sit, here."""
        return Role.FACILITATOR if staff or self.facilitated_by(user_id) else Role.PARTICIPANT


def natural_status(state: RoomState) -> Status:
    """The status of an open room as its closing and its timer give it."""
    if state.closing is not None:
        return Status.CLOSING
    if state.countdown is None:
        return Status.WAITING
    return Status.CLOSING if LAST_WARNING_SECONDS in state.countdown.warned else Status.ACTIVE


def next_deadline(state: RoomState) -> int | None:
    """The next instant at which the room must act by itself: a warning, the timer's end, the end of a grace."""
    ends = [state.closing.at] if state.closing else []
    if state.open and state.countdown is not None:
        change = next_change_at(state.countdown)
        ends += [change] if change is not None else []
    return min(ends, default=None)
