"""What a generator does with the clients that are in: count deliveries, send at a rate, keep a window full."""

import secrets
import time
from typing import Any

from bench.client import Client
from bench.delivery import CHAT_EVENT, Delivery
from bench.dialect import Dialect
from bench.histogram import new_histogram, note, to_text
from bench.process import busy_seconds
from bench.stamp import chat_text, since_chat_was_due
from bench.swarm import Swarm
from bench.watch import Watch
from bench.wire import Frame

DRAIN_SECONDS = 10.0
"""How long replies and deliveries may trail behind the last message."""

QUIET_SECONDS = 0.3
"""Without a delivery for so long after the last reply, nothing more is under way."""

SWEEP_SECONDS = 0.01
"""How often those are looked at who only listen: what came meanwhile is one read, and counted up to so much later."""


class Sending:
    """Messages sent and their replies; the base of both loads. Attributes: acknowledged: By whom what was said."""

    def __init__(self, swarm: Swarm, dialect: Dialect, options: dict[str, Any]) -> None:
        self._swarm = swarm
        self._dialect = dialect
        self._seconds: float = options["seconds"]
        self._start_at: float = options.get("start_at", 0.0)
        self._keyed: bool = options.get("keyed", False)
        self._base = secrets.randbelow(2**31) << 20
        self._clients = list(swarm.clients.values())
        self._watch = Watch(options["watch"].encode()) if "watch" in options else None
        self._delivery = Delivery(CHAT_EVENT, since_chat_was_due, options.get("sample", 1))
        self._due: dict[str, tuple[float, int]] = {}
        self._acks = new_histogram()
        self._refused: list[tuple[int, str]] = []
        self.acknowledged: list[tuple[int, str]] = []
        self.sent = self._acknowledged_in_time = 0
        self._frames_seen, self._quiet_since = 0, 0.0

    def report(self) -> dict[str, Any]:
        return {
            "sent": self.sent,
            "acknowledged": self.acknowledged,
            "acknowledged_in_time": self._acknowledged_in_time,
            "refused": self._refused,
            "unanswered": [number for _, number in self._due.values()],
            "acks": to_text(self._acks),
            "busy_share": self._busy_share,
            **self._delivery.report(),
            **(self._watch.report() if self._watch is not None else {}),
        }

    def _begin(self) -> None:
        self._swarm.sink = self._sink
        self._swarm.run_until(lambda: False, self._start_at)
        self._used = busy_seconds()
        self._started = time.perf_counter()

    def _end(self) -> None:
        """Let what is under way arrive, so that what is missing afterwards is lost."""
        ended = time.perf_counter()
        self._busy_share = (busy_seconds() - self._used) / (ended - self._started)
        self._delivery.seconds = ended - self._started
        self._delivery.in_time = self._delivery.frames
        self._acknowledged_in_time = len(self.acknowledged)
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
        self._due[ident] = due, client.number
        client.send_text(self._dialect.chat(ident, f"{chat_text(due)} {ident}", ident if self._keyed else None))

    def _sink(self, client: Client, frames: list[Frame]) -> None:
        others = [frame for frame in frames if not self._reply(client, frame[1])]
        if others:
            self._delivery.sink(client, others)
            if self._watch is not None:
                self._watch.sink(client, others)

    def _reply(self, client: Client, payload: bytes) -> bool:
        """Whether it is one, and taken into account."""
        ident = self._dialect.reply_id(payload)
        if ident is None:
            return False
        if ident in self._due:
            due, _ = self._due.pop(ident)
            if self._dialect.succeeded(payload):
                note(self._acks, time.perf_counter() - due)
                self.acknowledged.append((client.number, ident))
            else:
                self._refused.append((client.number, self._dialect.refusal(payload)))
            self._replied()
        return True

    def _replied(self) -> None: ...


class Load(Sending):
    """Open loop: message n is due at n / rate whatever happened to those before it, and its latencies count from then."""

    def __init__(self, swarm: Swarm, dialect: Dialect, options: dict[str, Any]) -> None:
        super().__init__(swarm, dialect, options)
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

    def __init__(self, swarm: Swarm, dialect: Dialect, options: dict[str, Any]) -> None:
        super().__init__(swarm, dialect, options)
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
