"""One process that is many clients: non-blocking sockets under one epoll, no task and no library per client.

A client has two lives. While it enters, its `Entry` - a generator - is sent each text frame and writes what the protocol wants
next; `Dialect.enter` makes one. Afterwards its frames go to the swarm's `sink`, which counts and mostly does not decode.
"""

import errno
import os
import select
import socket
import time
from collections.abc import Callable, Iterable

from bench.client import Client, Entry, Lean, LoadFailed, Sink, ignore
from bench.wire import CLOSE, PING, PONG, TEXT, Frame, client_frame, refusal, split_frames

RECEIVE_BYTES = 256 * 1024
EVENTS_PER_POLL = 512
SHORT_SECONDS = 0.02
"""epoll waits for whole milliseconds, rounded up: too coarse for what is due every two. `select` does not round."""

_IN_PROGRESS = {0, errno.EINPROGRESS, errno.EAGAIN}


class Swarm:
    """The clients of one process.

    Args:
        pong: The answer to a text that is the protocol's own ping, None to any other.

    Attributes:
        sink: Given the frames of clients that are in.
        entered: Called when a client's entry has ended.
        lost: Called when a connection ended without being asked to.
    """

    def __init__(self, host: str, port: int, pong: Callable[[bytes], bytes | None]) -> None:
        self._address = (host, port)
        self._pong = pong
        self._epoll = select.epoll()
        self._buffer = bytearray(RECEIVE_BYTES)  # one for all: to allocate it for every read costs more than the read
        self._view = memoryview(self._buffer)
        self._by_fd: dict[int, Client] = {}
        self._swept = select.epoll()
        self._sweep_seconds: float | None = None
        self._sweep_at = 0.0
        self.clients: dict[int, Client] = {}
        self.sink: Sink = ignore
        self.entered: Callable[[Client], None] = lambda _: None
        self.lost: Callable[[Client], None] = lambda _: None

    def fileno(self) -> int:
        """Readable when `poll` has work."""
        return self._epoll.fileno()

    def open(self, number: int, head: bytes, make_entry: Callable[[Client], Entry]) -> Client:
        """Begin to connect; `head` is the handshake."""
        plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = Client(number, plain, head, None, time.perf_counter())
        code = plain.connect_ex(self._address)
        if code not in _IN_PROGRESS:
            raise OSError(code, os.strerror(code))
        client.entry = make_entry(client)
        next(client.entry)
        self.clients[number] = self._by_fd[plain.fileno()] = client
        self._epoll.register(plain.fileno(), select.EPOLLOUT)
        return client

    def poll(self, timeout_seconds: float) -> None:
        """Handle what is ready, waiting at most so long for the first of it."""
        if self._sweep_seconds is not None:
            timeout_seconds = min(timeout_seconds, self._sweep(self._sweep_seconds))
        if 0 < timeout_seconds < SHORT_SECONDS:
            select.select([self._epoll], [], [], timeout_seconds)
            timeout_seconds = 0.0
        self._handle(self._epoll.poll(max(0.0, timeout_seconds), EVENTS_PER_POLL))

    def sweep(self, clients: Iterable[Client], lean: Lean, every_seconds: float) -> None:
        """From now on read these clients' sockets only so often, whatever is there at once, and give it to `lean`.

        A read for every frame costs more than all that is done with it. They are not woken for, so only those will do who
        listen and do not answer.
        """
        for client in clients:
            client.lean = lean
            self._epoll.unregister(client.plain.fileno())
            self._swept.register(client.plain.fileno(), select.EPOLLIN)
        self._sweep_seconds = every_seconds

    def _sweep(self, every_seconds: float) -> float:
        """Sweep if it is time. Returns the seconds until the next one."""
        left = self._sweep_at - time.perf_counter()
        if left > 0:
            return left
        self._sweep_at = time.perf_counter() + every_seconds
        self._handle(self._swept.poll(0.0, len(self._by_fd) or 1))
        return max(0.0, self._sweep_at - time.perf_counter())

    def _handle(self, ready: list[tuple[int, int]]) -> None:
        for fd, event in ready:
            client = self._by_fd.get(fd)
            if client is None:
                continue
            if event & select.EPOLLOUT and client.head:
                self._greet(client)
            elif event & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                self._read(client)

    def run_until(self, over: Callable[[], bool], deadline: float) -> bool:
        """Poll until `over()` or `deadline` (`time.perf_counter` seconds). Returns whether it was over in time."""
        while not over():
            left = deadline - time.perf_counter()
            if left <= 0:
                return False
            self.poll(min(left, 0.1))
        return True

    def close(self, client: Client) -> None:
        """Drop the connection at once, as a device that loses its network."""
        if self.clients.get(client.number) is client:
            del self.clients[client.number]
        if self._by_fd.pop(client.plain.fileno(), None) is not None:
            client.plain.close()

    def close_all(self) -> None:
        for client in list(self._by_fd.values()):
            self.close(client)

    def _greet(self, client: Client) -> None:
        code = client.plain.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._lose(client, 1006)
            return
        client.send_raw(client.head)
        client.head = b""
        self._epoll.modify(client.plain.fileno(), select.EPOLLIN)

    def _read(self, client: Client) -> None:
        try:
            data = bytes(self._view[: client.plain.recv_into(self._buffer)])
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose(client, 1006)
            return
        if client.rest:
            data = client.rest + data
        if client.lean is not None:
            client.lean(client, data)
            return
        if not client.upgraded:
            data = self._upgraded(client, data)
        frames, client.rest = split_frames(data) if client.upgraded else ([], data)
        if frames:
            self._take(client, frames)

    def _upgraded(self, client: Client, data: bytes) -> bytes:
        head, separator, rest = data.partition(b"\r\n\r\n")
        if not separator:
            return data
        if not head.startswith(b"HTTP/1.1 101"):
            raise LoadFailed(refusal(head, rest))
        client.upgraded = True
        return rest

    def _take(self, client: Client, frames: list[Frame]) -> None:
        if any(kind != TEXT or len(payload) < 2 for kind, payload in frames):
            frames = [frame for frame in frames if not self._control(client, frame)]
        if client.entry is not None:
            frames = self._enter(client, frames)
        if frames:
            self.sink(client, frames)

    def _control(self, client: Client, frame: Frame) -> bool:
        """Whether this was for the protocol and not for the client."""
        kind, payload = frame
        if kind == TEXT:
            pong = self._pong(payload)
            if pong is not None:
                client.send_text(pong)
            return pong is not None
        if kind == PING:
            client.send_raw(client_frame(payload, PONG))
        elif kind == CLOSE:
            self._lose(client, int.from_bytes(payload[:2], "big"))
        return True

    def _enter(self, client: Client, frames: list[Frame]) -> list[Frame]:
        """Give the entry its frames; those after its end are the sink's."""
        assert client.entry is not None
        for at, (_, payload) in enumerate(frames):
            try:
                client.entry.send(payload)
            except StopIteration:
                client.entry = None
                client.entered_at = time.perf_counter()
                self.entered(client)
                return frames[at + 1 :]
        return []

    def _lose(self, client: Client, code: int) -> None:
        client.lost = code
        if client.plain.fileno() in self._by_fd:
            self.close(client)
            self.lost(client)
