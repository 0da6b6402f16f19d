"""One worker, as the front sees it: a process that is started, watched and started again.

    down ── process started ──> starting ── READY ──> up ── channel's end ──> down ── at once, or after a pause ──> ...
                                    │                    └── LEAVE: it drains, and takes nobody new
                                    └── REFUSED, before it was ever up: the server does not start
"""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
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
    OVER,
    READY,
    REFUSED,
    SETTINGS,
    Channel,
    ChannelClosed,
    Message,
    channel_pair,
    numbered,
)
from gateway.workers.handed_settings import assignment, to_text
from gateway.workers.patience import Patience

log = structlog.get_logger(__name__)

PROGRAM: Final = "from gateway.workers.inside import main; main()"

HAND_OVER_SECONDS: Final = 5.0
"""For room on the way to it; a worker that is well makes room at every turn of its loop."""

LINGER_SECONDS: Final = 2.0
"""For a process to end once its channel has, or after `drain_seconds`; then it is killed, which loses nothing."""


class State(Enum):
    STARTING = "starting"
    UP = "up"
    LEAVING = "leaving"
    DOWN = "down"


class Worker:
    """Attributes: restarts: Lives after the first. private_socket: Where it answers what operators and the front ask."""

    def __init__(self, number: int, settings: Settings, directory: Path, lock: int) -> None:
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
        self._leaving = False

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
        """
        patience = Patience()
        while not self._leaving:
            began = trio.current_time()
            await self._live()
            if not self._leaving:
                pause = patience.pause_after(trio.current_time() - began)
                log.error("worker ended", worker=self.number, code=self._code(), again_in_seconds=pause)
                await trio.sleep(pause)

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
        """Have it drain and end; `run` returns then."""
        self._leaving = True
        if self._channel is not None:
            with suppress(ChannelClosed):
                await self._channel.send(Message(LEAVE))

    def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()

    def ask_tasks(self) -> None:
        """Have it log what its tasks do."""
        if self.process is not None and self.process.returncode is None and self.state is State.UP:
            self.process.send_signal(signal.SIGUSR1)

    # --- one life

    async def _live(self) -> None:
        ours, theirs = channel_pair()
        channel = self._channel = Channel(ours)
        try:
            with theirs:
                self.process = await self._start(theirs)
            self.lives += 1
            self.state = State.STARTING
            given = assignment(self._settings, self.number, self.private_socket, LOG_LEVEL.name)
            await channel.send(Message(SETTINGS, to_text(given)))
            while True:
                self._note(await channel.receive())
        except ChannelClosed:
            pass
        finally:
            self._end(channel)
            await self._reap()

    async def _start(self, theirs: socket.socket) -> trio.Process:
        """In a group of its own, so that Ctrl-C at a terminal concerns the front alone."""
        return await trio.lowlevel.open_process(
            [sys.executable, "-P", "-c", PROGRAM, str(theirs.fileno())],
            pass_fds=[theirs.fileno(), self._lock],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            start_new_session=True,
        )

    def _note(self, message: Message) -> None:
        match message.kind:
            case kind if kind == READY:
                self.state = State.UP
                self.was_up.set()
                log.info("worker is up", worker=self.number, pid=self.process.pid if self.process else None)
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

    def _code(self) -> int | None:
        return self.process.returncode if self.process else None


