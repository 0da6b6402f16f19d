"""The journal: changes are queued, committed in groups, and reported in order.

An idle journal commits at once; a busy one starts at most one commit per `commit_interval_seconds`, and each commit takes
everything that waits. So the disk's speed bounds the latency and not the rate.

When a commit fails, its changes and everything queued up to the moment of the report fail with it: later changes were
decided on the ground of earlier ones. What is submitted after that is tried again. While it fails, the journal also tries
by itself every second, so that `healthy` turns true again when nobody submits anything because it was false.
"""

import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import trio
from attrs import evolve, frozen
from sqlite_utils import Database

from breakout.errors import Overloaded
from breakout.histogram import Histogram, HistogramStatistics
from breakout.ports import Change
from persistence.commit import EncodedChange, Written, encode, write_batch
from persistence.database import transaction
from persistence.lane import Lane
from persistence.settings import PersistenceSettings

PROBE_SECONDS = 1.0
"""How often a failing journal tries whether the disk takes anything again."""

BATCH_CHANGES = 2_000
"""Most changes in one commit: some 50 ms of work, so that a burst does not make one commit of seconds."""

TURN_SECONDS = 0.004
"""After so long the reports of one commit let others run: each may mean messages for hundreds, or the end of their connections. Not
sooner, since what one person is sent in a turn leaves in one send."""

log = logging.getLogger(__name__)

Done = Callable[[int | None], None]

Group = Sequence[tuple[EncodedChange, Done]]
"""What was submitted together."""

NO_COMMITS = Histogram().statistics


@frozen
class JournalStatistics:
    """Counts since the start.

    Attributes:
        waiting: Changes submitted and not yet reported, those in the commit that runs included.
        high_waiting: The most there have been.
        committed: Changes committed.
        batches: Commits that succeeded.
        last_commit_seconds: How long the last commit took.
        high_commit_seconds: The longest.
        failures: Commits that failed, those tried without a change included.
        failed_changes: Changes reported as not stored.
        commit_seconds: How long commits with changes took, the preparation of their rows included.
        sync_seconds: How much of that was COMMIT, which waits for the disk.
    """

    waiting: int = 0
    high_waiting: int = 0
    committed: int = 0
    batches: int = 0
    last_commit_seconds: float = 0.0
    high_commit_seconds: float = 0.0
    failures: int = 0
    failed_changes: int = 0
    commit_seconds: HistogramStatistics = NO_COMMITS
    sync_seconds: HistogramStatistics = NO_COMMITS


class Journal:
    """Implements `breakout.ports.Journal`. All methods are for the event loop's thread; `run` must be running.

    Attributes:
        healthy: Whether the last commit succeeded.
        newest_at: The latest instant of any change submitted; 0 before the first.
    """

    def __init__(
        self, lane: Lane, settings: PersistenceSettings, after_batch: Callable[[], None], *, position: int
    ) -> None:
        """`position` is the last one the file has given."""
        self._lane = lane
        self._settings = settings
        self._after_batch = after_batch
        self._position = position
        self._queue: deque[Group] = deque()
        self._wake = trio.Event()
        self._settled = trio.lowlevel.ParkingLot()
        self._submitted = self._reported = 0
        self._next_start = -float("inf")
        self._closing = False
        self._statistics = JournalStatistics()
        self._commit_seconds, self._sync_seconds = Histogram(), Histogram()
        self.healthy = True
        self.newest_at = 0

    @property
    def statistics(self) -> JournalStatistics:
        return evolve(
            self._statistics,
            waiting=self._submitted - self._reported,
            commit_seconds=self._commit_seconds.statistics,
            sync_seconds=self._sync_seconds.statistics,
        )

    def submit(self, change: Change, done: Done) -> None:
        """See `breakout.ports.Journal.submit`. `done` is never called before this returns.

        Raises:
            Overloaded: `max_waiting_changes` wait already. Nothing was queued.
            Unstorable: The change holds what no file can take: a bug. Nothing was queued.
        """
        self.submit_together([(change, done)])

    def submit_together(self, changes: Sequence[tuple[Change, Done]]) -> None:
        """See `breakout.ports.Journal.submit_together`. Raises as `submit` does; then none of them was queued."""
        waiting = self._submitted - self._reported
        if waiting >= self._settings.max_waiting_changes or self._closing:
            raise Overloaded
        self._queue.append([(encode(change), done) for change, done in changes])
        self._submitted += len(changes)
        self.newest_at = max(self.newest_at, *(change.at for change, _ in changes))
        if waiting + len(changes) > self._statistics.high_waiting:
            self._statistics = evolve(self._statistics, high_waiting=waiting + len(changes))
        self._wake.set()

    async def settled(self) -> None:
        """Wait until everything submitted before the call is committed or has failed. Always a checkpoint."""
        submitted = self._submitted
        await trio.lowlevel.checkpoint()
        while self._reported < submitted:
            await self._settled.park()

    def close(self) -> None:
        """Take no more changes; `run` ends once those that wait are reported."""
        self._closing = True
        self._wake.set()

    async def run(self) -> None:
        """Commit until `close`. Cannot be cancelled: what was queued is reported first."""
        with trio.CancelScope(shield=True):
            while await self._work_is_due():
                await self._commit(self._take_batch())

    def _take_batch(self) -> list[Group]:
        """The oldest changes, whole groups of those submitted together, until there are enough for one commit."""
        batch: list[Group] = []
        count = 0
        while self._queue and count < BATCH_CHANGES:
            batch.append(self._queue.popleft())
            count += len(batch[-1])
        return batch

    async def _work_is_due(self) -> bool:
        """Wait for changes, the pace, or the next trial of a failing journal; False when closed and empty."""
        if not self._queue and not self._closing:
            self._wake = trio.Event()
            with trio.move_on_after(float("inf") if self.healthy else PROBE_SECONDS):
                await self._wake.wait()
        if self._closing:
            return bool(self._queue)
        await trio.sleep_until(self._next_start)
        return True

    async def _commit(self, batch: Sequence[Group]) -> None:
        started = trio.current_time()
        self._next_start = started + self._settings.commit_interval_seconds
        changes = [item for group in batch for item, _ in group]
        try:
            written, seconds = await self._lane.run(lambda db: self._write(db, changes))
        except Exception:  # a periodic loop: whatever ails one commit must not end those after it
            log.exception("commit failed: %d changes not stored", len(changes))
            self._report_failure(batch)
            return
        self._note_success(len(changes), seconds)
        if changes:
            self._commit_seconds.note(seconds)
            self._sync_seconds.note(written.sync_seconds)
        await self._report_success(batch, written.positions)

    def _write(self, db: Database, changes: Sequence[EncodedChange]) -> tuple[Written, float]:
        started = time.perf_counter()
        if not changes:
            _probe(db)
        try:
            written = write_batch(db, changes, self._position) if changes else Written((), 0.0)
        except sqlite3.Error:
            _overwrite(db)
            raise
        self._position = max(self._position, *written.positions, 0)
        return written, time.perf_counter() - started

    def _note_success(self, changes: int, seconds: float) -> None:
        self.healthy = True
        known = self._statistics
        self._statistics = evolve(
            known,
            committed=known.committed + changes,
            batches=known.batches + 1,
            last_commit_seconds=seconds,
            high_commit_seconds=max(known.high_commit_seconds, seconds),
        )

    def _report_failure(self, batch: Sequence[Group]) -> None:
        failed = [*batch, *self._queue]
        self._queue.clear()
        self.healthy = False
        known = self._statistics
        count = sum(map(len, failed))
        self._statistics = evolve(known, failures=known.failures + 1, failed_changes=known.failed_changes + count)
        for group in failed:
            self._report(group, [None] * len(group))
        self._end_turn()

    async def _report_success(self, batch: Sequence[Group], positions: Sequence[int]) -> None:
        """In order, and in turns; what was submitted together is reported in one."""
        at, turn_ends = 0, trio.current_time() + TURN_SECONDS
        for group in batch:
            self._report(group, positions[at : at + len(group)])
            at += len(group)
            if trio.current_time() > turn_ends:
                self._end_turn()
                await trio.lowlevel.checkpoint()
                turn_ends = trio.current_time() + TURN_SECONDS
        self._end_turn()

    def _report(self, group: Group, outcomes: Sequence[int | None]) -> None:
        self._reported += len(group)
        for (_, done), outcome in zip(group, outcomes, strict=True):
            _call(partial(done, outcome))

    def _end_turn(self) -> None:
        _call(self._after_batch)
        self._settled.unpark_all()


def _call(callback: Callable[[], None]) -> None:
    """Call what a user of the journal gave; its bug must not keep the others from their news."""
    try:
        callback()
    except Exception:  # a periodic loop, as above
        log.exception("a callback of the journal failed")


def _overwrite(db: Database) -> None:
    """Make sure that a commit that failed stays undone.

    When only its sync failed, its rows stand in the WAL with a mark that they are committed, and after a kill the next start would
    believe it. The next write takes their place, also when its own sync fails.
    """
    with suppress(sqlite3.Error):
        _probe(db)


def _probe(db: Database) -> None:
    """Write something that means nothing, to see whether the disk takes it."""
    with transaction(db) as conn:
        version = conn.execute("PRAGMA user_version").fetchone()[0]
        conn.execute(f"PRAGMA user_version={1 - version}")
