"""What is read back, and the snapshots; every call goes through the lane, behind the commits it must see."""

import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from breakout.errors import StorageUnavailable
from breakout.ports import Snapshot, Stay, StoredEntry, StoredRoom, StoredSession
from persistence import report, restore
from persistence.acts import Act, read_acts, write_act
from persistence.backup import back_up
from persistence.journal import Journal
from persistence.lane import Lane
from persistence.report import SessionOutline
from persistence.retention import Retention
from persistence.revoked_users import Revocation, delete_revocation, read_revocations, write_revocation
from persistence.snapshot import write_snapshots

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class Store:
    """Implements `breakout.ports.Store`, and reads for reports.

    Every method is a checkpoint and sees every change submitted before the call. When SQLite fails, each raises
    `StorageUnavailable` and may be tried again.
    """

    def __init__(self, lane: Lane, journal: Journal, retention: Retention) -> None:
        self._lane = lane
        self._journal = journal
        self._retention = retention

    async def load_session(self, session_id: str, *, now: int) -> StoredSession:
        return await self._run(lambda db: restore.read_session(db, session_id, now))

    async def removed_user_ids(self, session_id: str) -> frozenset[str]:
        """Whom operators have put out of the session; nobody where it is new."""
        return await self._run(lambda db: restore.read_removed_user_ids(db, session_id))

    async def load_room(self, session_id: str, room_id: str) -> StoredRoom | None:
        return await self._run(lambda db: restore.read_room(db, session_id, room_id))

    async def active_session_ids(self) -> Sequence[str]:
        return await self._run(restore.read_active_session_ids)

    async def save_snapshots(self, snapshots: Sequence[Snapshot]) -> None:
        """Write `snapshots` in one transaction, skipping parts older than what is stored; then prune a little."""
        await self._run(lambda db: write_snapshots(db, snapshots))
        await self._run(lambda db: self._retention.step(db, self._journal.newest_at))

    async def session_outlines(self, after: str, limit: int) -> Sequence[SessionOutline]:
        """At most `limit` sessions whose ids come after `after`, in order; rooms as of the last snapshot."""
        return await self._run(lambda db: report.read_outlines(db, after, limit))

    async def session_ids_of_event(self, event_id: str) -> Sequence[str]:
        """The sessions that ever had a room of this event, in order of their ids."""
        return await self._run(lambda db: report.read_event_session_ids(db, event_id))

    async def facilitated_room_ids(self, session_id: str) -> frozenset[str]:
        """The rooms in which a facilitator or visiting staff ever sat."""
        return await self._run(lambda db: report.read_facilitated_room_ids(db, session_id))

    async def attendance_rows(self, session_id: str) -> AsyncIterator[Stay]:
        """Every stay in the session in the order in which they began, read in pages of 1,000.

        Not one instant's picture: a stay that ends meanwhile may be given as open.
        """
        page = await self._attendance_page(session_id, None)
        while page:
            for row in page:
                yield row
            page = await self._attendance_page(session_id, page[-1]) if len(page) == report.PAGE_ROWS else []

    async def journal_page(self, session_id: str, before_position: int | None, limit: int) -> Sequence[StoredEntry]:
        """At most `limit` events of the session before a position (None: the last ones), newest first."""
        return await self._run(lambda db: report.read_journal(db, session_id, before_position, limit))

    async def room_journal(self, session_id: str, room_id: str, limit: int) -> Sequence[StoredEntry]:
        """At most the last `limit` events of a room, newest first."""
        return await self._run(lambda db: report.read_room_journal(db, session_id, room_id, limit))

    async def session_of_room(self, room_id: str) -> str | None:
        """The session of a room that was snapshotted at least once; looks at every stored room (some 2 us each)."""
        return await self._run(lambda db: report.read_session_of_room(db, room_id))

    async def keep_act(self, act: Act) -> None:
        """On disk when this returns."""
        await self._run(lambda db: write_act(db, act))

    async def acts(self, before: int | None, limit: int) -> Sequence[Act]:
        """At most `limit` acts of operators before an instant (None: the last ones), newest first."""
        return await self._run(lambda db: read_acts(db, before, limit))

    async def revoke(self, revocation: Revocation) -> None:
        """On disk when this returns; the first one of a user stays."""
        await self._run(lambda db: write_revocation(db, revocation))

    async def reinstate(self, user_id: str) -> bool:
        """Whether they were revoked. On disk when this returns."""
        return await self._run(lambda db: delete_revocation(db, user_id))

    async def revocations(self) -> Sequence[Revocation]:
        """Everybody who is shut out of the whole server, newest first."""
        return await self._run(read_revocations)

    async def forget(self, now: int) -> None:
        """Delete a little of what is older than is kept, as every snapshot does; for a file that has none."""
        await self._run(lambda db: self._retention.step(db, now))

    async def backup(self, target: Path) -> None:
        """Copy the database to `target`; commits wait meanwhile (about 0.4 s per 100 MB on an SSD).

        Raises:
            BackupRefused: `target` exists or cannot be written. Nothing is left behind.
        """
        await self._run(lambda db: back_up(db, target))

    async def _attendance_page(self, session_id: str, after: Stay | None) -> list[Stay]:
        return await self._run(lambda db: report.read_attendance(db, session_id, after))

    async def _run(self, job: Callable[[Database], Result]) -> Result:
        await self._journal.settled()
        try:
            return await self._lane.run(job)
        except sqlite3.Error as error:
            log.exception("the store failed")
            raise StorageUnavailable from error
