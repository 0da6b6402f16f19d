"""What a generator does with the clients that are in: count deliveries, send at a rate, keep a window full."""

import secrets
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from bench.delivery import CHAT_EVENT, Delivery
from bench.dialect import Dialect
from bench.histogram import new_histogram, note, to_text
from bench.stamp import chat_text, since_chat_was_due
from bench.swarm import Client, Swarm
from bench.wire import Frame

DRAIN_SECONDS = 10.0
"""How long replies and deliveries may trail behind the last message."""

QUIET_SECONDS = 0.3
"""Without a delivery for so long after the last reply, nothing more is under way."""

SWEEP_SECONDS = 0.01
"""How often those are looked at who only listen: what came meanwhile is one read, and counted up to so much later."""

Audience = Callable[[int], int]


class Sending:
    """Messages sent and their replies; the base of both loads.

    Args:
        audience: How many get what the client of that number says.

    Attributes:
        expected: Deliveries that must come of what was acknowledged, to the clients of all processes.
    """

    def __init__(self, swarm: Swarm, dialect: Dialect, options: dict[str, Any], audience: Audience) -> None:
        self._audience = audience
        self._swarm = swarm
        self._dialect = dialect
        self._seconds: float = options["seconds"]
        self._start_at: float = options.get("start_at", 0.0)
        self._keyed: bool = options.get("keyed", False)
        self._base = secrets.randbelow(2**31) << 20
        self._clients = list(swarm.clients.values())
        self._refusals = Counter[str]()
        self._delivery = Delivery(CHAT_EVENT, since_chat_was_due, options.get("sample", 1))
        self._due: dict[str, float] = {}
        self._acks = new_histogram()
        self.acknowledged: list[tuple[int, str]] = []
        self.sent = self.expected = 0
        self._frames_seen, self._quiet_since = 0, 0.0

    def report(self) -> dict[str, Any]:
        return {
            "sent": self.sent,
            "expected": self.expected,
            "acknowledged": self.acknowledged,
            "refused": self._refusals.total(),
            "refusals": dict(self._refusals),
            "unanswered": len(self._due),
            "acks": to_text(self._acks),
            "cpu_share": self._cpu_share,
            **self._delivery.report(),
        }

    def _begin(self) -> None:
        self._swarm.sink = self._sink
        self._swarm.run_until(lambda: False, self._start_at)
        self._cpu = time.process_time()
        self._started = time.perf_counter()

    def _end(self) -> None:
        """Let what is under way arrive, so that what is missing afterwards is lost."""
        ended = time.perf_counter()
        self._cpu_share = (time.process_time() - self._cpu) / (ended - self._started)
        self._delivery.seconds = ended - self._started
        self._delivery.in_time = self._delivery.frames
        self._swarm.run_until(self._quiet, ended + DRAIN_SECONDS)

    def _quiet(self) -> bool:
        if not self._swarm.clients:
            return True
        now = time.perf_counter()
        if self._due or self._delivery.frames != self._frames_seen:
            self._frames_seen, self._quiet_since = self._delivery.frames, now
        return now - self._quiet_since > QUIET_SECONDS

    def _send(self, client: Client, due: float) -> None:
        ident = str(self._base + self.sent)
        self.sent += 1
        self._due[ident] = due
        client.send_text(self._dialect.chat(ident, f"{chat_text(due)} {ident}", ident if self._keyed else None))

    def _sink(self, client: Client, frames: list[Frame]) -> None:
        now = time.perf_counter()
        deliveries = []
        for frame in frames:
            ident = self._dialect.reply_id(frame[1])
            if ident is None:
                deliveries.append(frame)
                continue
            due = self._due.pop(ident, None)
            if due is None:
                continue
            if self._dialect.succeeded(frame[1]):
                note(self._acks, now - due)
                self.expected += self._audience(client.number)
                self.acknowledged.append((client.number, ident))
            else:
                self._refusals[self._dialect.refusal(frame[1])] += 1
            self._replied()
        if deliveries:
            self._delivery.sink(client, deliveries)

    def _replied(self) -> None: ...


class Load(Sending):
    """Open loop: message n is due at n / rate whatever happened to those before it, and its latencies count from then."""

    def __init__(self, swarm: Swarm, dialect: Dialect, options: dict[str, Any], audience: Audience) -> None:
        super().__init__(swarm, dialect, options, audience)
        self._rate: float = options["rate"]

    def run(self) -> None:
        self._begin()
        total = round(self._rate * self._seconds)
        while self.sent < total and self._swarm.clients:
            due = self._started + self.sent / self._rate
            wait = due - time.perf_counter()
            if wait > 0:
                self._swarm.poll(wait)
            else:
                self._send(self._clients[self.sent % len(self._clients)], due)
                if self.sent % 16 == 0:
                    self._swarm.poll(0.0)
        self._end()


class Window(Sending):
    """Closed loop: `window` messages are under way at any time; each is due when the reply before it came."""

    def __init__(self, swarm: Swarm, dialect: Dialect, options: dict[str, Any], audience: Audience) -> None:
        super().__init__(swarm, dialect, options, audience)
        self._window: int = options["window"]
        if options.get("lean"):
            self._go_lean()

    def _go_lean(self) -> None:
        """Leave the sending to as many clients as messages are under way; the others count without looking."""
        self._swarm.sweep(self._clients[self._window :], self._delivery.lean, SWEEP_SECONDS)
        del self._clients[self._window :]

    def run(self) -> None:
        self._begin()
        for _ in range(self._window):
            self._next()
        self._swarm.run_until(lambda: not self._swarm.clients, self._started + self._seconds)
        self._window = 0
        self._end()

    def _replied(self) -> None:
        if self._window:
            self._next()

    def _next(self) -> None:
        self._send(self._clients[self.sent % len(self._clients)], time.perf_counter())
