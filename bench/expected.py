"""Waiting until many clients have had something: a push that all get, or the replies to what they said."""

import secrets
import time
from typing import Any

from bench.client import Client
from bench.dialect import Dialect, command
from bench.histogram import new_histogram, note, to_text
from bench.swarm import Swarm
from bench.wire import Frame


class Expected:
    """Notes when each client first gets a frame with `marker`, as fast as this process can read."""

    def __init__(self, swarm: Swarm, marker: bytes) -> None:
        self._swarm = swarm
        self._marker = marker
        self._times: dict[int, float] = {}
        self._wanted = len(swarm.clients)
        self._cpu_before = self._cpu_at_end = time.process_time()
        swarm.sink = self._sink

    def wait(self, seconds: float) -> dict[str, Any]:
        """Wait until all have it, at most so long. `cpu_seconds` is what it took to see that."""
        self._swarm.run_until(lambda: len(self._times) >= self._wanted, time.perf_counter() + seconds)
        return {"missing": self._wanted - len(self._times), "times": list(self._times.values()),
                "cpu_seconds": self._cpu_at_end - self._cpu_before}  # fmt: skip

    def _sink(self, client: Client, frames: list[Frame]) -> None:
        if client.number not in self._times and any(self._marker in payload for _, payload in frames):
            self._note(client)

    def _note(self, client: Client) -> None:
        self._times[client.number] = time.perf_counter()
        if len(self._times) >= self._wanted:
            self._cpu_at_end = time.process_time()


class Speech:
    """One command of each of several clients, and their replies."""

    def __init__(self, swarm: Swarm, dialect: Dialect, options: dict[str, Any]) -> None:
        self._swarm = swarm
        self._dialect = dialect
        self._due: dict[str, float] = {}
        self._acks = new_histogram()
        self._base = secrets.randbelow(2**31) << 20
        self._sent = self._refused = 0
        swarm.sink = self._sink

    def say(self, client: Client, event: str, data: dict[str, Any]) -> None:
        ident = str(self._base + self._sent)
        self._sent += 1
        self._due[ident] = time.perf_counter()
        client.send_text(command(event, ident, **data))

    def wait(self, seconds: float) -> dict[str, Any]:
        """Wait for the replies, at most so long."""
        self._swarm.run_until(lambda: not self._due, time.perf_counter() + seconds)
        return {"sent": self._sent, "refused": self._refused, "unanswered": len(self._due), "acks": to_text(self._acks)}

    def _sink(self, _client: Client, frames: list[Frame]) -> None:
        for _, payload in frames:
            ident = self._dialect.reply_id(payload)
            due = self._due.pop(ident, None) if ident is not None else None
            if due is None:
                continue
            if self._dialect.succeeded(payload):
                note(self._acks, time.perf_counter() - due)
            else:
                self._refused += 1
