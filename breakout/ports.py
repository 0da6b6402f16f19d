"""What the domain's actors need of the outside: a journal and a store, as protocols.

`persistence` implements them over SQLite; `tests` has a fake, and one contract test runs over both.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from breakout.identity import User
from breakout.room import RoomState
from breakout.room_events import RoomEvent
from breakout.session import SessionEvent, SessionState


@frozen
class JournalEntry:
    """One event of one room, or of the session itself where `room_id` is None."""

    room_id: str | None
    event: RoomEvent | SessionEvent


@frozen
class KeyedReply:
    """The outcome of a command that carried an idempotency key.

    Attributes:
        digest: Of the command's event name and data, to recognise another command under the same key.
        reply: The reply's JSON without its envelope: `{"success": true, "data": ...}` or `{"success": false, "error": ...}`.
        at: When it was decided; the key is remembered for 10 minutes from here.
    """

    user_id: str
    key: str
    digest: bytes
    reply: bytes
    at: int


@frozen
class Change:
    """What one atomic step of one actor wants stored: all of it or none.

    Attributes:
        id: Shared by the changes that one command caused in several rooms.
        cause: The command's event name, or what the server did by itself ("timer", "hold expired").
        by: Who asked for it; None for the server itself.
    """

    session_id: str
    id: str
    at: int
    cause: str
    by: User | None
    entries: tuple[JournalEntry, ...]
    keyed_reply: KeyedReply | None = None


class Journal(Protocol):
    """The durable, ordered log of changes."""

    def submit(self, change: Change, done: Callable[[int | None], None]) -> None:
        """Queue `change` for the next group commit. Never blocks.

        `done(position)` is called on the event loop once the change is committed, with the position of its last entry in
        the journal (0 when it had none); `done(None)` when it could not be committed. Calls come in the order of
        submission; after one failure every change already submitted fails too.

        Raises:
            Overloaded: The queue is full. Nothing was queued.
        """

    def submit_together(self, changes: Sequence[tuple[Change, Callable[[int | None], None]]]) -> None:
        """Queue several changes, each with its `done`, for one commit: all of them are stored or none. Else as `submit`."""


@frozen
class StoredRoom:
    """A room as the store has it, and the journal position that includes."""

    state: RoomState
    position: int


@frozen
class StoredSession:
    """A session as the store has it: snapshot plus the events after it."""

    state: SessionState
    rooms: Mapping[str, StoredRoom]
    keyed_replies: Sequence[KeyedReply]
    position: int


@frozen
class Snapshot:
    """What changed since the last snapshot, with the journal position each part includes."""

    session: SessionState | None
    session_id: str
    session_position: int
    rooms: tuple[StoredRoom, ...]


@frozen
class Stay:
    """One stay of one person in one room.

    Attributes:
        position: Of the event that began it.
        left_at: None while they are there.
        speaking_seconds: How long they spoke during this stay.
    """

    position: int
    room_id: str
    user_id: str
    first_name: str
    last_name: str
    role: str
    joined_at: int
    left_at: int | None
    speaking_seconds: int


@frozen
class StoredEntry:
    """One event as the journal has it; those of one command share `change_id`."""

    position: int
    room_id: str | None
    change_id: str
    cause: str
    by: User | None
    at: int
    event: RoomEvent | SessionEvent


class Store(Protocol):
    """What the actors read back. Every method is a checkpoint and sees every change submitted before the call."""

    async def load_session(self, session_id: str, *, now: int) -> StoredSession:
        """The session as stored, empty when it is new. Keyed replies older than 10 minutes before `now` are left out."""

    async def load_room(self, session_id: str, room_id: str) -> StoredRoom | None:
        """One room as stored, or None when there is no such room."""

    async def active_session_ids(self) -> Sequence[str]:
        """The sessions that have work without anybody connected: running timers, a grace or recall, occupied seats."""

    def attendance_rows(self, session_id: str) -> AsyncIterator[Stay]:
        """Every stay in the session, in the order in which they began."""

    async def journal_page(self, session_id: str, before_position: int | None, limit: int) -> Sequence[StoredEntry]:
        """At most `limit` events of the session before a position (None: the last ones), newest first."""

    async def save_snapshots(self, snapshots: Sequence[Snapshot]) -> None:
        """Write snapshots in one transaction. A snapshot older than the stored one is ignored."""


class Storage(Protocol):
    """Both sides of one database: what is written goes through the journal, what is read through the store."""

    @property
    def journal(self) -> Journal: ...

    @property
    def store(self) -> Store: ...
