"""How the server as a whole is doing, in some twenty numbers."""

from typing import Final

import trio
from attrs import define, field, frozen

from gateway.lateness import LatenessStatistics
from gateway.parts import Parts

MIN_WINDOW_SECONDS: Final = 1.0
"""Lateness is told since the last question, unless that was less than a second ago."""


@frozen
class ServerReport:
    """One answer.

    Attributes:
        phase: "starting", "serving" or "draining".
        late_p99_ms: Of the event loop since somebody last asked; `late_high_ms` is the worst since the start.
        reloads: Sessions that had to be loaded again after a failure.
    """

    started_at: int
    server_at: int
    uptime_seconds: int
    phase: str
    store_healthy: bool
    connections: int
    connections_failed: int
    sessions: int
    loading: int
    reloads: int
    room_crashes: int
    rooms_given_up: int
    journal_waiting: int
    journal_failures: int
    last_commit_ms: float
    high_commit_ms: float
    late_p99_ms: float
    late_high_ms: float


@define
class ServerWatch:
    """Makes reports; remembers the lateness at the last one."""

    parts: Parts
    _started_at: int = field(init=False)
    _earlier: LatenessStatistics = field(init=False)
    _window_began: float = field(init=False)
    _p99_seconds: float = field(init=False, default=0.0)

    def __attrs_post_init__(self) -> None:
        self._started_at = self.parts.root.clock.now()
        self._earlier = self.parts.lateness.statistics
        self._window_began = trio.current_time()

    def report(self) -> ServerReport:
        """The present state. Never waits."""
        parts, now = self.parts, self.parts.root.clock.now()
        root, meter, journal = parts.root.statistics(), parts.root.meter.statistics, parts.persistence.journal.statistics
        late = parts.lateness.statistics
        return ServerReport(
            started_at=self._started_at,
            server_at=now,
            uptime_seconds=(now - self._started_at) // 1000,
            phase=parts.health.phase.value,
            store_healthy=parts.health.store_healthy(),
            connections=len(parts.endpoint),
            connections_failed=parts.transport().failed,
            sessions=root.sessions,
            loading=root.loading,
            reloads=root.reloads,
            room_crashes=meter.room_crashes,
            rooms_given_up=meter.rooms_given_up,
            journal_waiting=journal.waiting,
            journal_failures=journal.failures,
            last_commit_ms=_ms(journal.last_commit_seconds),
            high_commit_ms=_ms(journal.high_commit_seconds),
            late_p99_ms=_ms(self._recent_p99(late)),
            late_high_ms=_ms(late.high_seconds),
        )

    def _recent_p99(self, late: LatenessStatistics) -> float:
        now = trio.current_time()
        recent = late.since(self._earlier)
        if now - self._window_began >= MIN_WINDOW_SECONDS or not self._p99_seconds:
            self._p99_seconds = recent.quantile(0.99)
            self._earlier, self._window_began = late, now
        return self._p99_seconds


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
