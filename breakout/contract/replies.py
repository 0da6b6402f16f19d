"""What a success reply carries in `data`, one class per shape."""

from collections.abc import Sequence

from attrs import frozen

from breakout.chat import Message
from breakout.contract.commands import Placement
from breakout.contract.objects import Room, Timer
from breakout.identity import User


@frozen
class Done:
    """Nothing to say but that it is done."""


@frozen
class RoomReply:
    room: Room


@frozen
class RoomsReply:
    rooms: Sequence[Room]


@frozen
class RoomIdReply:
    room_id: str


@frozen
class ReopenReply:
    room: Room
    restored: Sequence[str]


@frozen
class TimerReply:
    timer: Timer | None


@frozen
class RoomIdsReply:
    room_ids: Sequence[str]


@frozen
class RecallReply:
    recall_id: str
    return_at: int
    expected: int


@frozen
class AssignmentsReply:
    """`unplaced` are those for whom there was no place, `relaxed` the wishes that could not be kept, in words."""

    assignments: Sequence[Placement]
    unplaced: Sequence[str]
    relaxed: Sequence[str]


@frozen
class MessageReply:
    message: Message


@frozen
class DeliveredReply:
    """`delivered` is the number of connections that were sent it."""

    delivered: int


@frozen
class HelpReply:
    help_id: str


@frozen
class SpeakingReply:
    speaking_time_seconds: int


@frozen
class HistoryChange:
    change_id: str
    at: int
    by: User
    event: str
    summary: str
    undoable: bool


@frozen
class HistoryReply:
    changes: Sequence[HistoryChange]


@frozen
class UndoReply:
    """`restored` are the people who got their seat back."""

    restored: Sequence[str]


@frozen
class Pong:
    server_at: int
