"""The root: keeps the sessions, loads them on demand, lets idle ones leave memory, writes their snapshots.

    root
    ├── coalescer                  the one task that lets differences leave
    ├── metronome                  ticks of all rooms, once a second
    ├── snapshots                  every few seconds what changed goes to the store
    ├── sweeper                    unloads idle sessions
    └── session (one task each)    supervisor, and below it one actor per room

A session whose commit failed or whose supervisor crashed is loaded again from the store, with growing patience; its connections
stay and are sent the state anew, under a new epoch.
"""

from collections.abc import AsyncIterator, Iterable
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager

import structlog
import trio
from attrs import frozen

from actors.coalescer import Coalescer
from actors.encoder import Encoder
from actors.flusher import Flusher, FlusherStatistics
from actors.messages import Revoked
from actors.meter import Meter
from actors.metronome import Metronome
from actors.release import FeedTools
from actors.room_spawner import RETRY_SECONDS
from actors.session_door import SessionDoor
from actors.session_runner import ActorSettings, SessionRunner
from actors.steady_clock import SteadyClock
from breakout.ports import Snapshot, Storage

log = structlog.get_logger()

SWEEP_SECONDS = 5.0
"""How often idle sessions are looked for; they leave at most this much later than they might."""

START_SECONDS = 10.0
"""How long the start waits for sessions to be loaded; 1,000 rooms take about a second. One damaged session must not keep the
others from being served."""

MAX_RETRY_SECONDS = 10.0
"""The longest pause between two attempts to load a session."""


@frozen
class RootStatistics:
    """Sessions in memory, those being loaded, and how often one had to be loaded again after a failure."""

    sessions: int
    loading: int
    reloads: int


class Root:
    """All sessions of one process."""

    def __init__(
        self,
        storage: Storage,
        encoder: Encoder,
        flusher: Flusher,
        settings: ActorSettings,
        *,
        clock: SteadyClock | None = None,
    ) -> None:
        self.clock = clock or SteadyClock()
        self.meter = Meter()
        self._store = storage.store
        self._settings = settings
        self._coalescer = Coalescer(flusher.flush)
        self._metronome = Metronome(self.clock, flusher)
        self._tools = FeedTools(
            storage.journal, encoder, flusher, self._coalescer, self.clock, self._metronome, self.meter
        )
        self._doors: dict[str, SessionDoor] = {}
        self._scopes: dict[str, trio.CancelScope] = {}
        self._reloads = 0

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled; ready when every session with work of its own is in memory."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            nursery.start_soon(self._coalescer.run)
            nursery.start_soon(self._metronome.run)
            await self._load_active()
            nursery.start_soon(self._write_snapshots)
            nursery.start_soon(self._sweep)
            task_status.started()

    def door(self, session_id: str) -> SessionDoor:
        """The way into a session, which is loaded if need be. Never waits."""
        door = self._doors.get(session_id)
        if door is None:
            door = self._doors[session_id] = SessionDoor(session_id, self._tools, self._settings)
            self._nursery.start_soon(self._keep, door)
        return door

    def find(self, session_id: str) -> SessionDoor | None:
        """The way into a session that is in memory or being loaded; None for any other, which stays where it is."""
        return self._doors.get(session_id)

    @property
    def revoked(self) -> AbstractSet[str]:
        """Whom an operator has shut out of all sessions. A live view."""
        return self._tools.revoked

    def revoke(self, user_ids: Iterable[str]) -> None:
        """Bar these people from every session, and put them out of those in memory. Stored by the caller, before."""
        new = set(user_ids)
        self._tools.revoked.update(new)
        for door in self.doors():
            if door.runner is not None:
                _put_out(new, door.runner)

    def reinstate(self, user_id: str) -> None:
        """Let somebody in again whom `revoke` barred; what a session bars by itself stays."""
        self._tools.revoked.discard(user_id)

    def doors(self) -> list[SessionDoor]:
        """Every session in memory or being loaded."""
        return list(self._doors.values())

    def statistics(self) -> RootStatistics:
        loading = sum(door.runner is None for door in self._doors.values())
        return RootStatistics(len(self._doors), loading, self._reloads)

    @property
    def frames(self) -> FlusherStatistics:
        """What was handed to connections since the start."""
        return self._tools.flusher.statistics

    async def save_snapshots(self) -> None:
        """Write what changed since the last time. Raises whatever the store raises; nothing is forgotten then."""
        runners = [door.runner for door in self._doors.values() if door.runner is not None]
        taken: list[tuple[SessionRunner, Snapshot]] = []
        for runner in runners:
            snapshot = runner.feed.take_snapshot()
            if snapshot is not None:
                taken.append((runner, snapshot))
        if not taken:
            return
        try:
            await self._store.save_snapshots([snapshot for _, snapshot in taken])
        except BaseException:
            for runner, snapshot in taken:
                runner.feed.give_back(snapshot)
            raise

    async def _load_active(self) -> None:
        """Bring back every session with work of its own; one that cannot be loaded is tried on beside the others."""
        doors = [self.door(session_id) for session_id in await self._store.active_session_ids()]
        with trio.move_on_after(START_SECONDS):
            for door in doors:
                await door.loaded.wait()
        late = [door.session_id for door in doors if door.runner is None]
        if late:
            log.error("sessions could not be loaded yet", sessions=late[:10], count=len(late))

    async def _keep(self, door: SessionDoor) -> None:
        """Load a session and run it; load it again after a failure, until it is idle."""
        patience = RETRY_SECONDS
        while self._doors.get(door.session_id) is door:
            loaded_before = door.loads
            with trio.CancelScope() as scope:
                self._scopes[door.session_id] = scope
                try:
                    await self._run_session(door)
                except Exception:
                    log.exception("session failed", session=door.session_id)
            door.close()
            if self._doors.get(door.session_id) is door:
                self._reloads += 1
                patience = RETRY_SECONDS if door.loads > loaded_before else min(MAX_RETRY_SECONDS, patience * 2)
                await trio.sleep(patience)

    async def _run_session(self, door: SessionDoor) -> None:
        stored = await self._store.load_session(door.session_id, now=self.clock.now())
        scope = self._scopes[door.session_id]

        def broken(why: str) -> None:
            log.error("session is loaded again", session=door.session_id, why=why)
            scope.cancel()

        runner = SessionRunner(stored, self._tools, self._store, self._settings, broken)
        async with trio.open_nursery() as nursery:
            await nursery.start(runner.run)
            door.open(runner)
            _put_out(self._tools.revoked, runner)  # who was revoked after the supervisor began and before the door was open

    async def _write_snapshots(self) -> None:
        while True:
            await trio.sleep(self._settings.snapshot_seconds)
            try:
                await self.save_snapshots()
            except Exception:
                log.exception("snapshots could not be written")

    async def _sweep(self) -> None:
        while True:
            await trio.sleep(SWEEP_SECONDS)
            for door in self.doors():
                if self._unloadable(door):
                    await self._unload(door)

    def _unloadable(self, door: SessionDoor) -> bool:
        idle_ms = self.clock.now() - door.empty_since
        runner = door.runner
        return (
            not door.connections
            and runner is not None
            and idle_ms >= self._settings.session_idle_seconds * 1000
            and runner.idle
        )

    async def _unload(self, door: SessionDoor) -> None:
        try:
            await self.save_snapshots()
        except Exception:
            log.exception("snapshots could not be written")
            return
        if self._unloadable(door):
            del self._doors[door.session_id]
            self._scopes.pop(door.session_id).cancel()


def _put_out(user_ids: AbstractSet[str], runner: SessionRunner) -> None:
    known = tuple(user_id for user_id in user_ids if user_id in runner.feed.session.users)
    if known and runner.supervisor.is_alive():  # the next one bars them from the start
        runner.supervisor.tell(Revoked(known))


@asynccontextmanager
async def running(root: Root) -> AsyncIterator[Root]:
    """Run `root` for the length of a block; leaving it stops every actor and writes a last snapshot."""
    async with trio.open_nursery() as nursery:
        await nursery.start(root.run)
        try:
            yield root
        finally:
            with trio.CancelScope(shield=True):
                try:
                    await root.save_snapshots()
                except Exception:
                    log.exception("the last snapshots could not be written; the journal has everything")
            nursery.cancel_scope.cancel()
