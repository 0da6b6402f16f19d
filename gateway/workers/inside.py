"""A worker, from within: a process that serves what comes through its channel, until it is told to leave or the front is gone.

Started by `worker_process.py` as `python -c ... DESCRIPTOR`. SIGTERM drains this worker alone; the front starts it again.
"""

import signal
import socket
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import structlog
import trio
from attrs import define, field

from gateway.listener import TransportServer
from gateway.logs import LOG_LEVEL, configure_logs
from gateway.revocation import OneProcess
from gateway.server import Server, drain, first, serve, tune_garbage_collection
from gateway.setting_checks import UNIX
from gateway.signals import log_tasks, say_where_threads_are, stop_at_signal
from gateway.start_refused import StartRefused
from gateway.workers.channel import (
    CONNECTION,
    LEAVE,
    LEVEL,
    MAX_BYTES,
    NUMBERS_PER_MESSAGE,
    OVER,
    READY,
    REFUSED,
    USERS,
    Channel,
    ChannelClosed,
    Message,
    numbered,
)
from gateway.workers.handed_settings import Assignment, from_text
from gateway.workers.informing import UsersChanged
from gateway.workers.ownership import owner
from persistence.refusal import BackupRefused, StoreRefused

log = structlog.get_logger(__name__)

EXIT_REFUSED: Final = 2

ADOPTED_PER_TURN: Final = 64
"""Connections taken over without a look at the other tasks, as many as the listener accepts."""


def main() -> None:
    """Serve as the front says; exits with 0 after a drain, with 2 where a file, a key or a setting is not as it must be."""
    end = socket.socket(fileno=int(sys.argv[1]))
    text = end.recv(MAX_BYTES)[1:]
    if not text:  # the front has gone, or does not want this worker any more
        return
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the front heeds it
    given = from_text(text)
    configure_logs(given.settings.log_level, given.settings.log_format)
    structlog.contextvars.bind_contextvars(worker=given.number)
    channel = Channel(end)
    try:
        orphaned = trio.run(_main, given, channel)
        if orphaned and given.settings.admin_listen is not None:
            _remove_directory(Path(given.settings.admin_listen.removeprefix(UNIX)).parent)
    except* (StartRefused, StoreRefused, BackupRefused) as group:
        trio.run(_say, channel, Message(REFUSED, str(first(group)).encode()))
        sys.exit(EXIT_REFUSED)


async def _main(given: Assignment, channel: Channel) -> bool:
    """Serve. Returns whether the front was gone before."""
    with (
        trio.open_signal_receiver(signal.SIGTERM) as signals,
        trio.open_signal_receiver(signal.SIGUSR1) as questions,
    ):
        say_where_threads_are()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(log_tasks, questions)
            server: Server = await nursery.start(partial(serve, owns=partial(_owns, given)), given.settings)
            tune_garbage_collection()
            adoption = Adoption(server.transport, OneProcess(server.root, server.endpoint), channel, server.stop)
            nursery.start_soon(adoption.report)
            await _say(channel, Message(READY))
            nursery.start_soon(adoption.take)
            nursery.start_soon(stop_at_signal, signals, server.stop)
            await server.stop.wait()
            await _say(channel, Message(LEAVE))
            await drain(server, given.settings.drain_seconds)
            nursery.cancel_scope.cancel()
    return adoption.orphaned


def _owns(given: Assignment, session_id: str) -> bool:
    return owner(session_id, given.settings.workers) == given.number


@define
class Adoption:
    """Connections from the front to the transport, and the news of their end back.

    Attributes:
        orphaned: The front was gone before anybody said that this worker is to leave.
    """

    transport: TransportServer
    users: OneProcess
    channel: Channel
    stop: trio.Event
    orphaned: bool = False
    _over: list[int] = field(factory=list)
    _news: trio.Event = field(factory=trio.Event)

    async def take(self) -> None:
        """Take connections over until the front is gone."""
        taken = 0
        try:
            while True:
                message = await self.channel.receive()
                if message.kind == CONNECTION:
                    self._adopt(message)
                elif message.kind == LEVEL:
                    LOG_LEVEL.set(message.payload.decode())
                elif message.kind == USERS:
                    await self._change_users(UsersChanged.of(message))
                elif message.kind == LEAVE:
                    self.stop.set()
                taken += 1
                if taken % ADOPTED_PER_TURN == 0:
                    await trio.lowlevel.checkpoint()
        except ChannelClosed:
            if not self.stop.is_set():
                log.warning("the front is gone")
                self.orphaned = True
            self.stop.set()

    async def _change_users(self, changed: UsersChanged) -> None:
        self.users.revoke_now(changed.revoked)
        for user_id in changed.reinstated:
            await self.users.reinstate(user_id)
        await _say(self.channel, Message(USERS))

    async def report(self) -> None:
        """Tell the front which connections are over, many at once where many are."""
        while True:
            await self._news.wait()
            self._news = trio.Event()
            while self._over:
                part, self._over[:NUMBERS_PER_MESSAGE] = self._over[:NUMBERS_PER_MESSAGE], []
                await _say(self.channel, numbered(OVER, part))

    def _adopt(self, message: Message) -> None:
        (number,) = message.numbers()
        if message.descriptors:
            self.transport.adopt(socket.socket(fileno=message.descriptors[0]), partial(self._ended, number))
        else:  # this process is out of descriptors; the kernel closed the connection
            log.error("no descriptor left for a connection")
            self._ended(number)

    def _ended(self, number: int) -> None:
        self._over.append(number)
        self._news.set()


async def _say(channel: Channel, message: Message) -> None:
    """Send `message`; when the front is gone, nobody need hear it."""
    try:
        await channel.send(message)
    except ChannelClosed:
        log.debug("nobody listens", kind=message.kind)


def _remove_directory(path: Path) -> None:
    """The one of private sockets, which the front would have removed; the last worker finds it empty."""
    with suppress(OSError):
        path.rmdir()
