"""What front and worker tell each other, over one pair of sockets: short messages, and the descriptors of connections.

    front ─> worker    SETTINGS  how to run; the first message
                       CONNECTION a number, and with it the descriptor
                       LEVEL     the least that is to be logged
                       USERS     who is shut out or let in again; answered
                       LEAVE     drain and end
    worker ─> front    READY     its sessions are in memory
                       REFUSED   why it does not start
                       OVER      numbers of connections that are closed
                       USERS     it has done so
                       LEAVE     it drains, because somebody told it so

SOCK_SEQPACKET keeps messages whole and in order, and a descriptor in its message. What is on the way when a process dies is closed
by the kernel. A message is at most `MAX_BYTES`.
"""

import errno
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

import trio
from attrs import frozen

SETTINGS, CONNECTION, LEVEL, USERS, LEAVE, READY, REFUSED, OVER = b"s", b"c", b"v", b"u", b"l", b"r", b"x", b"o"

MAX_BYTES: Final = 64 * 1024
NUMBERS_PER_MESSAGE: Final = 4_000
BUFFER_BYTES: Final = 1024 * 1024
"""Asked of the kernel, which gives what net.core.wmem_max allows: room for some hundreds of connections on the way."""

MAX_WAITING: Final = 4_096
"""Connections that wait for room on the way to one worker: as many as the kernel keeps before an accept."""

_NO_ROOM: Final = {errno.ETOOMANYREFS, errno.ENOBUFS, errno.ENOMEM}
"""Too many descriptors on the way for this user's limit, or no memory."""

_NUMBER: Final = struct.Struct("=Q")


class ChannelClosed(Exception):
    """The other end is gone, or this one is closed. What was sent may not have arrived."""


class ChannelFull(Exception):
    """`MAX_WAITING` messages wait already, or the kernel has no room. Nothing was sent."""


@frozen
class Message:
    """One message. Whoever receives it owns its descriptors."""

    kind: bytes
    payload: bytes = b""
    descriptors: tuple[int, ...] = ()

    def numbers(self) -> Iterator[int]:
        """The numbers of a CONNECTION or an OVER."""
        return (number for (number,) in _NUMBER.iter_unpack(self.payload))


def numbered(kind: bytes, numbers: Iterable[int], descriptors: tuple[int, ...] = ()) -> Message:
    return Message(kind, b"".join(map(_NUMBER.pack, numbers)), descriptors)


def channel_pair() -> tuple[socket.socket, socket.socket]:
    """Both ends, before either belongs to a `Channel`."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    return ends


class Channel:
    """One end."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end
        self._sending = trio.Lock()

    async def send(self, message: Message) -> None:
        """Send one message, in its turn, once there is room.

        The descriptors stay the caller's, who may close them when this returns. Cancelled, nothing was sent.

        Raises:
            ChannelClosed, ChannelFull: See there.
        """
        if self._sending.statistics().tasks_waiting >= MAX_WAITING:
            raise ChannelFull
        async with self._sending:
            while not self._sent(message):
                await self._wait(trio.lowlevel.wait_writable)

    def send_now(self, message: Message) -> bool:
        """Send one message unless others wait for their turn or there is no room; then nothing was sent. Never waits.

        Raises:
            ChannelClosed, ChannelFull: See there.
        """
        return not self._sending.locked() and self._sent(message)

    async def receive(self) -> Message:
        """The next message. Raises: ChannelClosed: None will come."""
        while True:
            try:
                data, descriptors, _, _ = socket.recv_fds(self._socket, MAX_BYTES, 1)
            except BlockingIOError:
                await self._wait(trio.lowlevel.wait_readable)
            except OSError:
                raise ChannelClosed from None
            else:
                if not data:
                    raise ChannelClosed
                return Message(data[:1], data[1:], tuple(descriptors))

    def close(self) -> None:
        """Wakes who waits. May be called more than once."""
        with suppress(trio.ClosedResourceError, ValueError, OSError):
            trio.lowlevel.notify_closing(self._socket)
        self._socket.close()

    def _sent(self, message: Message) -> bool:
        """Whether there was room. Raises: ChannelClosed, ChannelFull."""
        try:
            socket.send_fds(self._socket, [message.kind + message.payload], message.descriptors)
        except BlockingIOError:
            return False
        except OSError as error:
            raise (ChannelFull if error.errno in _NO_ROOM else ChannelClosed) from None
        return True

    async def _wait(self, condition: object) -> None:
        """Raises: ChannelClosed: It was closed meanwhile."""
        try:
            await condition(self._socket)  # type: ignore[operator]
        except (trio.ClosedResourceError, ValueError, OSError):
            raise ChannelClosed from None
