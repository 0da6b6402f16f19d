"""The commands clients send, one class per event of `table.py`.

A field without a default is required. `expected_revision`, where there is one, refuses the command with `conflict` when the
room has changed since the client looked.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated

from attrs import field, frozen

from breakout.contract.constraint import (
    Capacity,
    ChatText,
    ExtraSeconds,
    Grace,
    Id,
    Items,
    Minutes,
    Name,
    Reason,
    Revision,
    TimerSeconds,
    Topic,
    UserId,
    Whole,
)
from breakout.session import RecallMode


class _Missing(Enum):
    """The field was not in the data; None is a value of its own (it clears a topic, it means the main session)."""

    MISSING = "missing"


MISSING = _Missing.MISSING
Missing = _Missing


@frozen
class ListRooms:
    include_closed: bool = False


@frozen
class RoomSpec:
    """A room to create."""

    name: Name
    topic: Topic | None = None
    max_participants: Capacity = 8
    duration_minutes: Minutes = 15
    auto_assign: bool = False
    locked: bool = False
    facilitator_id: UserId | None = None
    event_id: Id | None = None


@frozen
class CreateRoom(RoomSpec):
    pass


@frozen
class CreateRooms:
    rooms: Annotated[tuple[RoomSpec, ...], Items(200)]


@frozen
class UpdateRoom:
    """Only the fields given are changed; `topic: null` and `facilitatorId: null` clear theirs."""

    room_id: Id
    name: Name | Missing = MISSING
    topic: Topic | None | Missing = MISSING
    max_participants: Capacity | Missing = MISSING
    duration_minutes: Minutes | Missing = MISSING
    auto_assign: bool | Missing = MISSING
    locked: bool | Missing = MISSING
    facilitator_id: UserId | None | Missing = MISSING
    expected_revision: Revision | None = None


@frozen
class JoinRoom:
    room_id: Id
    expected_revision: Revision | None = None


@frozen
class LeaveRoom:
    pass


@frozen
class CloseRoom:
    room_id: Id
    grace_seconds: Grace = 0
    expected_revision: Revision | None = None


@frozen
class ReopenRoom:
    room_id: Id
    restore_seats: bool = True
    expected_revision: Revision | None = None


@frozen
class StartTimer:
    room_id: Id
    duration_seconds: TimerSeconds | None = None
    expected_revision: Revision | None = None


@frozen
class ExtendTimer:
    room_id: Id
    seconds: ExtraSeconds
    expected_revision: Revision | None = None


@frozen
class PauseTimer:
    room_id: Id
    expected_revision: Revision | None = None


@frozen
class ResumeTimer:
    room_id: Id
    expected_revision: Revision | None = None


@frozen
class StopTimer:
    room_id: Id
    expected_revision: Revision | None = None


@frozen
class ExtendAllTimers:
    seconds: ExtraSeconds


@frozen
class RecallAll:
    grace_seconds: Grace = 10
    mode: RecallMode = RecallMode.FORCED


@frozen
class AcknowledgeRecall:
    recall_id: Id


@frozen
class CancelRecall:
    recall_id: Id


@frozen
class Placement:
    """One person into one room."""

    user_id: UserId
    room_id: Id


class Strategy(Enum):
    EVEN = "even"
    RANDOM = "random"
    MANUAL = "manual"
    ROTATE = "rotate"


Group = Annotated[tuple[UserId, ...], Items(100, min_items=2)]


@frozen
class PreviewAssignments:
    """Whom to place where. Without `room_ids` every enterable room, without `user_ids` everybody present."""

    strategy: Strategy
    room_ids: Annotated[tuple[Id, ...], Items(200)] | None = None
    user_ids: Annotated[tuple[UserId, ...], Items(1000)] | None = None
    assignments: Annotated[tuple[Placement, ...], Items(1000)] | None = None
    keep_together: Annotated[tuple[Group, ...], Items(500, min_items=0)] = ()
    keep_apart: Annotated[tuple[Group, ...], Items(500, min_items=0)] = ()
    seed: Annotated[int, Whole(0, 2**53)] | None = None


@frozen
class ApplyAssignments(PreviewAssignments):
    pass


@frozen
class MoveParticipant:
    """`room_id` None takes the person back to the main session."""

    user_id: UserId
    room_id: Id | None
    expected_revision: Revision | None = None


@frozen
class SwapParticipants:
    user_ids: Annotated[tuple[UserId, ...], Items(2, min_items=2)]


@frozen
class SetCompanion:
    user_id: UserId
    companion_of: UserId | None


@frozen
class SendChat:
    """`room_id` is for staff who write into a room from outside."""

    text: ChatText
    room_id: Id | None = None


@frozen
class SendBroadcast:
    text: ChatText
    room_ids: Annotated[tuple[Id, ...], Items(200)] | None = None


@frozen
class RequestHelp:
    reason: Reason | None = None


@frozen
class CancelHelp:
    pass


@frozen
class ClaimHelp:
    help_id: Id


@frozen
class ResolveHelp:
    help_id: Id


@frozen
class RequestTime:
    seconds: TimerSeconds


@frozen
class StartSpeaking:
    pass


@frozen
class StopSpeaking:
    pass


@frozen
class ListHistory:
    limit: Annotated[int, Whole(1, 100)] = 50


@frozen
class UndoChange:
    change_id: Id


@frozen
class GetSession:
    pass


@frozen
class Ping:
    pass


@frozen
class CommandEnvelope:
    """One inbound frame, checked for its form but not yet for its data."""

    event: str
    id: str | None = None
    data: Mapping[str, object] = field(factory=dict)
    idempotency_key: str | None = None
