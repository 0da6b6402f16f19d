"""When the kernel of the clients' machine had a frame for each of them, whenever this process comes to read it.

A thousand people are told something within 20 ms; a process that reads their sockets meanwhile is busy with nothing else, and what
it notes is its own speed. So it sleeps, and asks the kernel afterwards: with SO_TIMESTAMPNS, `recvmsg` says when the segment came
that has the last byte read. Each socket is read exactly up to the end of the frame that was waited for.

What a server sends to the same client after that frame may be joined to its segment in the queue, which then has the later time:
up to `SWEEP_SECONDS` later. So the stamp may be too late, and never too early.
"""

import socket
import struct
import time
from typing import Any

from bench.client import Client
from bench.swarm import RECEIVE_BYTES, Swarm
from bench.wire import frame_span, split_frames

SO_TIMESTAMPNS = 35
"""Of Linux; Python's `socket` does not name it. It is the type of the ancillary message as well."""

STAMP = struct.Struct("@qq")
STAMP_SPACE = socket.CMSG_SPACE(STAMP.size)

TRIES, TRY_SECONDS = 20, 0.005

SWEEP_SECONDS = 0.03
"""Between two looks at all sockets; a room's card follows a recall after 250 ms."""


def kernel_stamps() -> bool:
    """Whether this kernel stamps what comes over TCP. It begins a little after it was first asked to."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as receiver:
        sender, _ = listener.accept()
        with sender:
            return _ask_for_stamps(receiver) and any(_stamped(sender, receiver) for _ in range(TRIES))


def _stamped(sender: socket.socket, receiver: socket.socket) -> bool:
    time.sleep(TRY_SECONDS)
    sender.send(b"x")
    return _read_stamped(receiver, 1) is not None


class Receipts:
    """Notes when each client's kernel has the first frame with `marker`. While it waits no ping is answered.

    Args:
        swarm: Its clients; what they have not read beyond the marker stays in their sockets.
    """

    def __init__(self, swarm: Swarm, marker: bytes) -> None:
        self._swarm = swarm
        self._marker = marker
        self._clients = dict(swarm.clients)
        self._buffer = memoryview(bytearray(RECEIVE_BYTES))
        self._times: dict[int, float] = {}
        self._used: list[tuple[float, float]] = []
        for client in self._clients.values():
            _ask_for_stamps(client.plain)

    def wait(self, seconds: float) -> dict[str, Any]:
        """Wait until all have it, at most so long.

        `times` are in seconds of `time.perf_counter`, `cpu_seconds` what this process had used by the last of them.
        """
        deadline = time.perf_counter() + seconds
        wanted = len(self._clients)
        self._note_use()
        while self._clients and time.perf_counter() < deadline:
            time.sleep(SWEEP_SECONDS)
            self._note_use()
            self._sweep()
            self._note_use()
        ahead = time.time() - time.perf_counter()
        times = [at - ahead for at in self._times.values()]
        return {"missing": wanted - len(times), "times": times, "cpu_seconds": self._used_by(max(times, default=deadline))}

    def _sweep(self) -> None:
        for client in list(self._clients.values()):
            stamp = self._look(client)
            if stamp is not None:
                self._times[client.number] = stamp
                del self._clients[client.number]

    def _look(self, client: Client) -> float | None:
        """The stamp of the frame, and read up to its end; None while it is not all there."""
        try:
            size = client.plain.recv_into(self._buffer, 0, socket.MSG_PEEK)
            data = client.rest + bytes(self._buffer[:size])
            end = _end_of_frame(data, self._marker)
            if end is not None:
                stamp = _read_stamped(client.plain, end - len(client.rest))
                client.rest = b""
                return stamp
            if self._marker not in data:
                client.plain.recv_into(self._buffer, size)
                client.rest = split_frames(data)[1]
        except OSError:
            pass  # nothing there, or a lost connection: the swarm finds out
        return None

    def _note_use(self) -> None:
        self._used.append((time.perf_counter(), time.process_time()))

    def _used_by(self, moment: float) -> float:
        """CPU seconds until then, rounded up to the end of what was going on."""
        first, last = self._used[0][1], self._used[-1][1]
        return next((used for at, used in self._used if at >= moment), last) - first


def _ask_for_stamps(plain: socket.socket) -> bool:
    try:
        plain.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    except OSError:
        return False
    return True


def _read_stamped(plain: socket.socket, size: int) -> float | None:
    """Read so much; the seconds since 1970 when its last byte came. None where the kernel did not say."""
    _, ancillary, _, _ = plain.recvmsg(size, STAMP_SPACE)
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = STAMP.unpack(data[: STAMP.size])
            return float(seconds + nanoseconds / 1e9)
    return None


def _end_of_frame(data: bytes, marker: bytes) -> int | None:
    """Where the frame with `marker` ends; None where it is not, or not whole."""
    at, found = 0, data.find(marker)
    while found >= 0 and at < len(data):
        _, end = frame_span(data, at)
        if end > len(data):
            return None
        if end > found:
            return end
        at = end
    return None
