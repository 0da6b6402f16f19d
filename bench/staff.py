"""The organizer of a scenario: one plain blocking connection with `breakout:manage` that sets the stage."""

import itertools
import json
import selectors
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from bench.target import Address
from bench.wire import CLOSE, PING, PONG, TEXT, client_frame, refusal, split_frames, upgrade_request

REPLY_SECONDS = 60.0
RECEIVE_BYTES = 256 * 1024
PINGS = 8
CLOCK_STEP_SECONDS = 0.001

LISTEN_SECONDS = 0.05

CALM_SECONDS = 2.1
"""A connection that was not refused for two seconds counts as calm again; one that keeps on for ten is closed."""


class StaffRefused(Exception):
    """The server answered a command of the organizer with an error."""


class Staff:
    """A blocking client. Attributes: pushes: What came besides replies, oldest first; the state push is `state`."""

    def __init__(self, address: Address, session_id: str, token: str) -> None:
        self._socket = socket.create_connection((address.host, address.port), timeout=REPLY_SECONDS)
        self._rest = b""
        self._numbers = itertools.count(1)
        self.pushes: list[dict[str, Any]] = []
        self._socket.sendall(upgrade_request(address.authority, f"/ws/{session_id}", "breakout.v1", token))
        self._rest = self._handshake()
        self.state = self.next_push("breakout.session.state")["data"]

    def ask(self, event: str, **data: Any) -> dict[str, Any]:
        """Send a command and wait for its reply's data; too fast for the server, it is sent again a little later.

        Raises:
            StaffRefused: The reply is an error.
        """
        while True:
            reply = self._reply(self.send(event, **data))
            if reply["success"]:
                answer: dict[str, Any] = reply["data"]
                return answer
            if reply["error"]["code"] != "rate_limited":
                raise StaffRefused(f"{event}: {reply['error']}")
            time.sleep(CALM_SECONDS)

    def _reply(self, number: str) -> dict[str, Any]:
        while True:
            for at, frame in enumerate(self.pushes):
                if frame["event"] == "reply" and frame.get("id") == number:
                    del self.pushes[at]
                    return frame
            self.pushes = [frame for frame in self.pushes if frame["event"] != "reply"] + self._receive()

    def send(self, event: str, **data: Any) -> str:
        """Send a command; its reply comes among the pushes."""
        number = str(next(self._numbers))
        self._socket.sendall(client_frame(json.dumps({"event": event, "id": number, "data": data}).encode()))
        return number

    def next_push(self, event: str, seconds: float = REPLY_SECONDS) -> dict[str, Any]:
        """Wait for the next push of this kind; those before it are kept. Raises: TimeoutError."""
        deadline = time.monotonic() + seconds
        seen = 0
        while True:
            for at, frame in enumerate(self.pushes[seen:], seen):
                if frame["event"] == event:
                    del self.pushes[at]
                    return frame
            seen = len(self.pushes)
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {event} in {seconds} s")
            self.pushes += self._receive()

    def clock_ahead(self) -> float:
        """Seconds by which the server's clock is ahead of ours, as far as pings can tell; 0 where they cannot."""
        trips: list[tuple[float, float]] = []
        for _ in range(PINGS):
            sent = time.time()
            at = self.ask("breakout.ping")["serverAt"] / 1000
            trips.append((time.time() - sent, at - (sent + time.time()) / 2))
        trip, ahead = min(trips)
        return ahead if abs(ahead) > trip / 2 + CLOCK_STEP_SECONDS else 0.0

    def fileno(self) -> int:
        """Of the socket, for `select`."""
        return self._socket.fileno()

    def forget_next(self) -> None:
        """Wait for what comes next, and forget it. Raises: ConnectionError: The connection is over."""
        self._receive()

    def close(self) -> None:
        self._socket.close()

    def _handshake(self) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            more = self._socket.recv(RECEIVE_BYTES)
            if not more:
                raise ConnectionError("the server closed during the handshake")
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise ConnectionError(refusal(head, rest))
        return rest

    def _receive(self) -> list[dict[str, Any]]:
        while True:
            frames, self._rest = split_frames(self._rest)
            if frames:
                return [json.loads(payload) for kind, payload in frames if self._text(kind, payload)]
            data = self._socket.recv(RECEIVE_BYTES)
            if not data:
                raise ConnectionError("the server closed the connection")
            self._rest += data

    def _text(self, kind: int, payload: bytes) -> bool:
        if kind == PING:
            self._socket.sendall(client_frame(payload, PONG))
        elif kind == CLOSE:
            raise ConnectionError(f"closed with {int.from_bytes(payload[:2], 'big')}")
        return kind == TEXT


@contextmanager
def listening(staff: Sequence[Staff]) -> Iterator[None]:
    """Read what organizers are sent, and forget it, while the block is busy elsewhere; else the server cuts them as too slow.

    A connection that ends meanwhile is found ended by whoever uses it next.
    """
    over = threading.Event()

    def listen() -> None:
        with selectors.DefaultSelector() as selector:
            for one in staff:
                selector.register(one, selectors.EVENT_READ)
            while not over.is_set():
                for key, _ in selector.select(LISTEN_SECONDS):
                    try:
                        cast(Staff, key.fileobj).forget_next()
                    except OSError:
                        selector.unregister(key.fileobj)

    listener = threading.Thread(target=listen, name="organizers listen")
    listener.start()
    try:
        yield
    finally:
        over.set()
        listener.join()
