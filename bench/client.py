"""One client of many: its socket, what it has read so far, and who is given what it reads."""

import socket
from collections.abc import Callable, Generator
from typing import Any

from attrs import define, field

from bench.wire import Frame, client_frame


class LoadFailed(Exception):
    """The load could not be made; nothing that was measured counts."""


Entry = Generator[None, bytes, None]
"""Sent every text frame until it returns: then the client is in."""


@define(eq=False)
class Client:
    """One connection.

    Attributes:
        number: Which of the swarm's clients it is.
        entered_at: When its entry ended, in seconds of `time.perf_counter`.
        memory: What its dialect wants to know again.
        lost: The close code, or 1006, once it is over.
        lean: Given what arrives as it is, instead of the sink. Frames are not followed any more: pings stay unanswered, and
            the client cannot go back to its sink.
    """

    number: int
    plain: socket.socket
    head: bytes
    entry: Entry | None
    started_at: float
    entered_at: float | None = None
    memory: dict[str, Any] = field(factory=dict)
    lost: int | None = None
    rest: bytes = b""
    upgraded: bool = False
    lean: "Lean | None" = None

    def send_text(self, payload: bytes) -> None:
        self.send_raw(client_frame(payload))

    def send_raw(self, data: bytes) -> None:
        """Send at once. Loopback buffers hold far more than a client ever has under way, so it all fits or the client is lost."""
        try:
            sent = self.plain.send(data)
        except OSError:
            return
        if sent != len(data):
            raise LoadFailed("a send buffer of the bench is full: the server does not read")


Sink = Callable[[Client, list[Frame]], None]
Lean = Callable[[Client, bytes], None]


def ignore(_client: Client, _frames: list[Frame]) -> None:
    """A sink that forgets."""
