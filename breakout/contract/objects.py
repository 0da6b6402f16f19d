"""The objects of the wire: what clients see of rooms, people, timers and messages."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from breakout.chat import Message
from breakout.identity import User
from breakout.room import Role, Status

OMIT_NONE = {"omit_none": True}
"""Marks a field that is left out of the JSON while it is None or False; every other None is written as null."""


@frozen
class Timer:
    """`state` is "running" or "paused"; `ends_at` is None while paused."""

    state: str
    duration_seconds: int
    started_at: int
    ends_at: int | None
    remaining_seconds: int
    revision: int


@frozen
class Room:
    id: str
    session_id: str
    event_id: str | None
    name: str
    topic: str | None
    max_participants: int
    duration_minutes: int
    auto_assign: bool
    locked: bool
    status: Status
    created_at: int
    started_at: int | None
    ended_at: int | None
    creator: User
    facilitator: User | None
    participant_count: int
    help_requested: bool
    timer: Timer | None
    revision: int


@frozen
class Participant:
    user_id: str
    first_name: str
    last_name: str
    role: Role
    joined_at: int
    connected: bool
    speaking: bool
    speaking_time_seconds: int


@frozen
class LobbyMember:
    """Somebody connected who sits in no room."""

    user_id: str
    first_name: str
    last_name: str
    connected: bool
    staff: bool


@frozen
class HelpItem:
    help_id: str
    room_id: str
    user: User
    reason: str | None
    requested_at: int
    claimed_by: User | None


@frozen
class RoomInside:
    """What someone in a room sees: the join reply."""

    room: Room
    participants: Sequence[Participant]
    messages: Sequence[Message]
    timer: Timer | None


@frozen
class Myself:
    """The connection's own user, their permissions, and where they sit."""

    user_id: str
    first_name: str
    last_name: str
    permissions: Sequence[str]
    room_id: str | None


@frozen
class RecallNotice:
    recall_id: str
    return_at: int
    mode: str


@frozen
class SettingsNotice:
    """What a client needs to know of the server's settings, in seconds."""

    tick_seconds: int
    heartbeat_seconds: int
    warning_seconds: Sequence[int]
    seat_hold_seconds: int


@frozen
class SessionSnapshot:
    """Everything one connection may know of the session at one point of its pushes.

    Attributes:
        seqs: Per topic, the last `seq` this snapshot includes.
        self_: `self` on the wire; the underscore is cut off there.
        participants: Staff only, per room; left out for others, as are the next two.
        lobby: Staff only.
        help: Staff only, oldest first.
    """

    session_id: str
    server_at: int
    epoch: str
    seqs: Mapping[str, int]
    self_: Myself
    rooms: Sequence[Room]
    room: RoomInside | None
    participants: Mapping[str, Sequence[Participant]] | None = field(metadata=OMIT_NONE)
    lobby: Sequence[LobbyMember] | None = field(metadata=OMIT_NONE)
    help: Sequence[HelpItem] | None = field(metadata=OMIT_NONE)
    recall: RecallNotice | None
    settings: SettingsNotice
