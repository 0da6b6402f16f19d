"""What the server sends by itself, one class per event of `table.py`."""

from collections.abc import Sequence

from attrs import field, frozen

from breakout.chat import Message
from breakout.contract.objects import OMIT_NONE, HelpItem, LobbyMember, Participant, Room, RoomInside, Timer
from breakout.identity import User
from breakout.room import Status


@frozen
class RoomCreatedPush:
    room: Room


@frozen
class RoomsUpdatedPush:
    rooms: Sequence[Room]


@frozen
class RoomClosedPush:
    room_id: str
    reason: str
    ended_at: int


@frozen
class ParticipantsUpdatePush:
    """Differences; applying one that is already contained changes nothing."""

    room_id: str
    joined: Sequence[Participant]
    left: Sequence[str]
    changed: Sequence[Participant]
    participant_count: int
    revision: int


@frozen
class LobbyUpdatePush:
    """Differences of the lobby: people who are connected and sit in no room."""

    joined: Sequence[LobbyMember]
    left: Sequence[str]


@frozen
class ParticipantSeatedPush:
    """`by` is "self", "staff", "auto" or "recall"; both room fields are None in the main session."""

    room_id: str | None
    by: str
    room: RoomInside | None


@frozen
class TimerUpdatedPush:
    room_id: str
    timer: Timer | None
    status: Status


@frozen
class TimerTickPush:
    room_id: str
    remaining_seconds: int
    ends_at: int
    server_at: int
    revision: int


@frozen
class TimerWarningPush:
    room_id: str
    remaining_seconds: int
    ends_at: int


@frozen
class RecalledPush:
    recall_id: str
    room_id: str
    reason: str
    mode: str
    grace_seconds: int
    return_at: int


@frozen
class RecallProgressPush:
    """`missing` holds the first 100; `completed_at` is set once, at the end, as are the delays of the receipts.

    Delays are milliseconds from the announcement to the acknowledgement; None where nobody acknowledged.
    """

    recall_id: str
    expected: int
    acknowledged: int
    missing: Sequence[str]
    completed_at: int | None = field(default=None, metadata=OMIT_NONE)
    cancelled: bool = field(default=False, metadata=OMIT_NONE)
    delay_p50_ms: int | None = field(default=None, metadata=OMIT_NONE)
    delay_p99_ms: int | None = field(default=None, metadata=OMIT_NONE)
    delay_max_ms: int | None = field(default=None, metadata=OMIT_NONE)


@frozen
class ChatMessagePush:
    message: Message


@frozen
class BroadcastMessagePush:
    text: str
    user: User
    room_ids: Sequence[str] | None
    sent_at: int


@frozen
class HelpUpdatedPush:
    help: Sequence[HelpItem]


@frozen
class TimeRequestedPush:
    room_id: str
    user: User
    seconds: int


@frozen
class RoomUnavailablePush:
    room_id: str


@frozen
class RoomRestoredPush:
    room_id: str
