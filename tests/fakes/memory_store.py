"""A journal and a store in memory, for tests of the actors.

Behaves as `persistence` does over SQLite: `done` is never called from inside `submit`, reads wait for every change
submitted before them, and one failed commit fails everything submitted up to then. A contract test runs over both.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import cast

import trio
from attrs import evolve

from breakout.errors import Overloaded
from breakout.ports import Change, KeyedReply, Snapshot, Stay, StoredEntry, StoredRoom, StoredSession
from breakout.room import RoomState
from breakout.room_apply import apply
from breakout.room_events import RoomClosed, RoomEvent, SeatLeft, SeatTaken, SpokeFor
from breakout.session import SessionEvent, SessionState, apply_session

KEY_LIFE_MS = 600_000

Done = Callable[[int | None], None]


class MemoryStore:
    """Both ports in one object; `journal` and `store` are two names of it.

    With `auto_commit` everything submitted in one turn of the loop is committed as one batch in a later turn;
    without it nothing is committed until `commit` is called. Must be made inside trio.

    Attributes:
        batches: The changes of each committed batch, in order.
        snapshots: Every snapshot that was saved, in order.
        position: Of the last entry committed.
    """

    def __init__(
        self, *, auto_commit: bool = True, after_batch: Callable[[], None] = lambda: None, max_waiting: int = 20_000
    ) -> None:
        self.auto_commit = auto_commit
        self.after_batch = after_batch
        self.max_waiting = max_waiting
        self.batches: list[list[Change]] = []
        self.snapshots: list[Snapshot] = []
        self.position = 0
        self.healthy = True
        self._token = trio.lowlevel.current_trio_token()
        self._waiting: list[tuple[Change, Done]] = []
        self._sessions: dict[str, StoredSession] = {}
        self._fail = False
        self._scheduled = False
        self._submitted = self._settled = 0
        self._readers = trio.lowlevel.ParkingLot()

    @property
    def journal(self) -> "MemoryStore":
        return self

    @property
    def store(self) -> "MemoryStore":
        return self

    @property
    def waiting(self) -> int:
        """How many changes are submitted and not yet committed."""
        return len(self._waiting)

    def submit(self, change: Change, done: Done) -> None:
        self.submit_together([(change, done)])

    def submit_together(self, changes: Sequence[tuple[Change, Done]]) -> None:
        if len(self._waiting) >= self.max_waiting:
            raise Overloaded
        self._waiting += changes
        self._submitted += len(changes)
        if self.auto_commit and not self._scheduled:
            self._scheduled = True
            self._token.run_sync_soon(self._commit_soon)

    def commit(self) -> None:
        """Commit everything that waits, or fail it if `fail_next` was called; then call `after_batch`."""
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        failed, self._fail = self._fail, False
        self.healthy = not failed
        outcomes = [None if failed else self._store(change) for change, _ in batch]
        if not failed:
            self.batches.append([change for change, _ in batch])
        for (_, done), outcome in zip(batch, outcomes, strict=True):
            done(outcome)
        self.after_batch()
        self._settled += len(batch)
        self._readers.unpark_all()

    def fail_next(self) -> None:
        """Let the next commit fail: `done(None)` for all that it holds, and nothing of it is stored."""
        self._fail = True

    def lose_waiting(self) -> None:
        """Forget what was submitted and not committed, without a word to anybody: a `kill -9`."""
        self._settled += len(self._waiting)
        self._waiting = []
        self._readers.unpark_all()

    async def load_session(self, session_id: str, *, now: int) -> StoredSession:
        await self._wait_for_changes()
        stored = self._session(session_id)
        return evolve(stored, keyed_replies=[k for k in stored.keyed_replies if k.at > now - KEY_LIFE_MS])

    async def load_room(self, session_id: str, room_id: str) -> StoredRoom | None:
        await self._wait_for_changes()
        return self._session(session_id).rooms.get(room_id)

    async def active_session_ids(self) -> Sequence[str]:
        await self._wait_for_changes()
        return sorted(key for key, stored in self._sessions.items() if _active(stored))

    async def attendance_rows(self, session_id: str) -> AsyncIterator[Stay]:
        await self._wait_for_changes()
        for stay in _stays(self._entries(session_id)):
            yield stay

    async def journal_page(self, session_id: str, before_position: int | None, limit: int) -> Sequence[StoredEntry]:
        await self._wait_for_changes()
        entries = [e for e in self._entries(session_id) if before_position is None or e.position < before_position]
        return entries[::-1][:limit]

    async def save_snapshots(self, snapshots: Sequence[Snapshot]) -> None:
        """Note them in `snapshots`; what is loaded is always up to date here."""
        await self._wait_for_changes()
        self.snapshots += snapshots

    def _commit_soon(self) -> None:
        self._scheduled = False
        self.commit()

    async def _wait_for_changes(self) -> None:
        await trio.lowlevel.checkpoint()
        submitted = self._submitted
        while self._settled < submitted:
            await self._readers.park()

    def _session(self, session_id: str) -> StoredSession:
        return self._sessions.get(session_id) or StoredSession(SessionState(session_id), {}, (), 0)

    def _entries(self, session_id: str) -> list[StoredEntry]:
        changes = [change for batch in self.batches for change in batch]
        numbered = enumerate(((change, entry) for change in changes for entry in change.entries), 1)
        return [
            StoredEntry(n, entry.room_id, change.id, change.cause, change.by, change.at, entry.event)
            for n, (change, entry) in numbered
            if change.session_id == session_id
        ]

    def _store(self, change: Change) -> int:
        stored = self._session(change.session_id)
        for entry in change.entries:
            self.position += 1
            stored = _with_event(stored, entry.room_id, entry.event, self.position)
        if change.keyed_reply is not None:
            stored = _with_key(stored, change.keyed_reply)
        self._sessions[change.session_id] = stored
        return self.position if change.entries else 0


def _with_event(
    stored: StoredSession, room_id: str | None, event: RoomEvent | SessionEvent, position: int
) -> StoredSession:
    if room_id is None:
        return evolve(stored, state=apply_session(stored.state, cast(SessionEvent, event)), position=position)
    former = stored.rooms.get(room_id)
    state: RoomState = apply(former.state if former else None, cast(RoomEvent, event))
    return evolve(stored, rooms={**stored.rooms, room_id: StoredRoom(state, position)}, position=position)


def _with_key(stored: StoredSession, keyed: KeyedReply) -> StoredSession:
    others = [k for k in stored.keyed_replies if (k.user_id, k.key) != (keyed.user_id, keyed.key)]
    return evolve(stored, keyed_replies=[*others, keyed])


def _active(stored: StoredSession) -> bool:
    if stored.state.recall is not None:
        return True
    return any(
        room.state.open and (_running(room) or room.state.closing or room.state.seats)
        for room in stored.rooms.values()
    )


def _running(room: StoredRoom) -> bool:
    return room.state.countdown is not None and room.state.countdown.running


def _stays(entries: Iterable[StoredEntry]) -> list[Stay]:
    """Stays as the store derives them; seats restored by a reopening are left out, for no test of the actors needs them."""
    stays: list[Stay] = []
    for entry in entries:
        room_id, event = entry.room_id or "", entry.event
        if isinstance(event, SeatTaken):
            user, seat = event.seat.user, event.seat
            row = (entry.position, room_id, user.id, user.first_name, user.last_name, seat.role.value, seat.joined_at)
            stays.append(Stay(*row, None, 0))
        elif isinstance(event, SeatLeft | RoomClosed):
            user_id, at = (event.user_id, event.at) if isinstance(event, SeatLeft) else (None, event.ended_at)
            stays = [_ended(stay, room_id, user_id, at) for stay in stays]
        elif isinstance(event, SpokeFor):
            stays = [_spoke(stay, room_id, event) for stay in stays]
    return stays


def _ended(stay: Stay, room_id: str, user_id: str | None, at: int) -> Stay:
    concerned = stay.room_id == room_id and stay.left_at is None and user_id in (None, stay.user_id)
    return evolve(stay, left_at=at) if concerned else stay


def _spoke(stay: Stay, room_id: str, event: SpokeFor) -> Stay:
    concerned = (stay.room_id, stay.user_id, stay.left_at) == (room_id, event.user_id, None)
    return evolve(stay, speaking_seconds=stay.speaking_seconds + event.seconds) if concerned else stay
