"""One worker, as the front sees it: a process that is started, watched and started again.

    down ── process started ──> starting ── READY ──> up ── channel's end ──> down ── at once, or after a pause ──> ...
                                    │                    └── LEAVE: it drains, and takes nobody new
                                    └── REFUSED, or ended again and again, before it was ever up: the server does not start
"""

import itertools
import signal
import socket
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, suppress
from enum import Enum
from pathlib import Path
from typing import Final

import structlog
import trio

from gateway.logs import LOG_LEVEL
from gateway.settings import Settings
from gateway.start_refused import StartRefused
from gateway.visit import Visit
from gateway.workers.channel import (
    CONNECTION,
    LEAVE,
    LEVEL,
    OVER,
    READY,
    REFUSED,
    SETTINGS,
    USERS,
    Channel,
    ChannelClosed,
    ChannelFull,
    Message,
    channel_pair,
    numbered,
)
from gateway.workers.handed_settings import assignment, to_text
from gateway.workers.informing import Informing
from gateway.workers.patience import Patience
from gateway.workers.worker_process import start_process

log = structlog.get_logger(__name__)

HAND_OVER_SECONDS: Final = 5.0
"""For room on the way to it; a worker that is well makes room at every turn of its loop."""

LINGER_SECONDS: Final = 2.0
"""For a process to end once its channel has; then it is killed, which loses nothing."""

FIRST_TRIES: Final = 3
"""After so many ends of a worker that was never up, it is plain that waiting for it is in vain."""


class WorkerLost(Exception):
    """A worker ends whenever it is started, for reasons of its own, which the log has; the server does not start."""


class State(Enum):
    STARTING = "starting"
    UP = "up"
    LEAVING = "leaving"
    DOWN = "down"


class Worker:
    """Attributes: restarts: Lives after the first. private_socket: Where it answers what operators and the front ask."""

    def __init__(
        self, number: int, settings: Settings, directory: Path, lock: int, revoked: AbstractSet[str] = frozenset()
    ) -> None:
        self.number = number
        self.private_socket = directory / f"worker-{number}.sock"
        self.state = State.DOWN
        self.lives = 0
        self.process: trio.Process | None = None
        self.was_up = trio.Event()
        self._settings = settings
        self._lock = lock
        self._channel: Channel | None = None
        self._visits: dict[int, Visit] = {}
        self._leaving = trio.Event()
        self._revoked = revoked
        self._ready = trio.Event()
        self._informing = Informing(revoked)

    @property
    def restarts(self) -> int:
        return max(0, self.lives - 1)

    @property
    def connections(self) -> int:
        """Open ones that it was given."""
        return len(self._visits)

    async def run(self) -> None:
        """Keep the process alive until it was told to leave.

        Raises:
            StartRefused: It cannot start, and never could.
            WorkerLost: Likewise, and it did not say why.
        """
        patience = Patience()
        for tries in itertools.count(1):
            began = trio.current_time()
            await self._live()
            if self._leaving.is_set():
                return
            pause = patience.pause_after(trio.current_time() - began)
            log.error("worker ended", worker=self.number, code=self._code(), again_in_seconds=pause)
            if tries >= FIRST_TRIES and not self.was_up.is_set():
                raise WorkerLost(f"worker {self.number} ended {tries} times before it was up, last with {self._code()}")
            with trio.move_on_after(pause):
                await self._leaving.wait()

    async def give(self, plain_socket: socket.socket, number: int, visit: Visit) -> None:
        """Give it a connection, whose places are kept until it is over. The caller closes its own descriptor.

        Raises:
            ChannelClosed, ChannelFull, trio.TooSlowError: It does not have it.
        """
        if self._channel is None or self.state is not State.UP:
            raise ChannelClosed
        visits = self._visits
        visits[number] = visit
        visit.elsewhere = True
        message = numbered(CONNECTION, [number], (plain_socket.fileno(),))
        try:
            if not self._channel.send_now(message):
                with trio.fail_after(HAND_OVER_SECONDS):
                    await self._channel.send(message)
        except BaseException:
            visit.elsewhere = False
            visits.pop(number, None)
            raise

    async def leave(self) -> None:
        """Have it drain and end; `run` returns then. One that only starts has nobody to send away and is killed."""
        self._leaving.set()
        if self.state is State.STARTING:
            self.kill()
        else:
            await self._tell(Message(LEAVE))

    def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()

    def ask_tasks(self) -> None:
        """Have it log what its tasks do."""
        if self.process is not None and self.process.returncode is None and self.state is State.UP:
            self.process.send_signal(signal.SIGUSR1)

    async def set_log_level(self, name: str) -> None:
        """Have it log from this level on; one that only starts does so once it is up."""
        with trio.move_on_after(HAND_OVER_SECONDS):
            await self._tell(Message(LEVEL, name.encode()))

    async def wait_informed(self) -> None:
        """Return once it has shut out or let in again whom the front has; one without people learns it before it gets any."""
        if self.state in (State.UP, State.LEAVING):
            await self._informing.wait_in_step()

    async def _tell(self, message: Message) -> None:
        """Send it, unless it cannot be told anything."""
        if self._channel is not None:
            with suppress(ChannelClosed, ChannelFull):
                await self._channel.send(message)

    # --- one life

    async def _live(self) -> None:
        try:
            channel = await self._begin()
        except OSError as error:  # no descriptor, no memory, no process: the others go on, and no traceback says more
            log.error("worker cannot be started", worker=self.number, why=str(error))  # noqa: TRY400 - as above
            return
        try:
            if self._leaving.is_set():
                self.kill()
            given = assignment(self._settings, self.number, self.private_socket, LOG_LEVEL.name)
            await channel.send(Message(SETTINGS, to_text(given)))
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._inform, channel)
                refused = await self._listen(channel)
                nursery.cancel_scope.cancel()
            if refused is not None:
                raise refused
        except (ChannelClosed, ChannelFull):
            log.debug("the worker's channel is over", worker=self.number)
        finally:
            self._end(channel)
            await self._reap()

    async def _begin(self) -> Channel:
        """Start a process. Raises: OSError: There is none."""
        self.process = None
        ours, theirs = channel_pair()
        with ExitStack() as failed:
            failed.callback(ours.close)
            with theirs:
                self.process = await start_process(theirs, self._lock)
            failed.pop_all()
        channel = self._channel = Channel(ours)
        self.lives += 1
        self.state = State.STARTING
        self._ready, self._informing = trio.Event(), Informing(self._revoked)
        return channel

    async def _listen(self, channel: Channel) -> StartRefused | None:
        """Take its news until it ends; why it cannot start, where it never could."""
        try:
            while True:
                self._note(await channel.receive())
        except (ChannelClosed, ChannelFull):
            log.debug("the worker's channel is over", worker=self.number)
            return None
        except StartRefused as refused:
            return refused

    async def _inform(self, channel: Channel) -> None:
        """Once it listens, tell it who is revoked, and what changes; it is up when it knows."""
        await self._ready.wait()
        with suppress(ChannelClosed):
            await self._informing.run(channel, self._come_up)

    def _come_up(self) -> None:
        if self.state is State.STARTING:
            self.state = State.UP
            self.was_up.set()
            log.info("worker is up", worker=self.number, pid=self.process.pid if self.process else None)

    def _note(self, message: Message) -> None:
        match message.kind:
            case kind if kind == READY:
                self._ready.set()
            case kind if kind == USERS:
                self._informing.note_answer()
            case kind if kind == LEAVE:
                self.state = State.LEAVING
            case kind if kind == OVER:
                for number in message.numbers():
                    visit = self._visits.pop(number, None)
                    if visit is not None:
                        visit.leave()
            case kind if kind == REFUSED:
                why = message.payload.decode()
                if not self.was_up.is_set():
                    raise StartRefused(why)
                log.error("worker does not start", worker=self.number, why=why)

    def _end(self, channel: Channel) -> None:
        """Nothing goes to it any more, and what it had is over."""
        self.state = State.DOWN
        self._informing.end()
        self._channel = None
        channel.close()
        visits, self._visits = self._visits, {}
        for visit in visits.values():
            visit.leave()

    async def _reap(self) -> None:
        if self.process is None:
            return
        with trio.CancelScope(shield=True):
            with trio.move_on_after(LINGER_SECONDS):
                await self.process.wait()
            self.kill()
            await self.process.wait()
            self.private_socket.unlink(missing_ok=True)  # which one that was killed could not do

    def _code(self) -> int | None:
        return self.process.returncode if self.process else None


