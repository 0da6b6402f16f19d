"""A connection's stream and its peer, in memory or over a pair of real sockets."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import trio
import trio.testing
from attrs import define, field
from trio.testing import MemoryReceiveStream, MemorySendStream

from gateway.stream import ConnectionStream
from gateway.transport_settings import TransportSettings

SETTINGS = TransportSettings()
MemoryStream = trio.StapledStream[MemorySendStream, MemoryReceiveStream]


@define
class Owner:
    slow: int = 0
    closes: int = 0

    def slow_consumer(self) -> None:
        self.slow += 1

    def close_frame_queued(self) -> None:
        self.closes += 1


@define
class CountingSocket:
    """A socket that remembers what each `send` was given."""

    real: socket.socket
    batches: list[bytes] = field(factory=list)

    def send(self, data: bytes) -> int:
        self.batches.append(data)
        return self.real.send(data)

    def recv(self, max_bytes: int) -> bytes:
        return self.real.recv(max_bytes)

    def fileno(self) -> int:
        return self.real.fileno()


@define
class Pair:
    """A stream under test, and the peer."""

    stream: ConnectionStream
    peer: trio.abc.HalfCloseableStream
    owner: Owner
    socket: CountingSocket | None = None


@asynccontextmanager
async def over_memory(settings: TransportSettings = SETTINGS) -> AsyncIterator[Pair]:
    ours, peer = trio.testing.lockstep_stream_pair()
    async with trio.open_nursery() as nursery:
        pair = Pair(ConnectionStream(ours, None, settings, nursery.start_soon), peer, Owner())
        pair.stream.owner = pair.owner
        yield pair
        await pair.stream.close_forcefully()
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def over_socket(settings: TransportSettings = SETTINGS, buffer_bytes: int | None = None) -> AsyncIterator[Pair]:
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)
        if buffer_bytes:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_bytes)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    counting: Any = CountingSocket(ours)
    transport = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
    peer = trio.SocketStream(trio.socket.from_stdlib_socket(theirs))
    async with trio.open_nursery() as nursery:
        pair = Pair(ConnectionStream(transport, counting, settings, nursery.start_soon), peer, Owner(), counting)
        pair.stream.owner = pair.owner
        yield pair
        await pair.stream.close_forcefully()
        await trio.aclose_forcefully(peer)
        nursery.cancel_scope.cancel()


async def receive_exactly(stream: trio.abc.ReceiveStream, count: int) -> bytes:
    data = b""
    with trio.fail_after(5):
        while len(data) < count:
            data += await stream.receive_some(count - len(data))
    return data
