"""The server's clock: wall-clock milliseconds that never jump.

Read once at start, the wall clock is carried on by trio's monotonic clock. When an operator or NTP sets the machine's clock an hour
back or ahead, running timers keep their length and `serverAt`, `endsAt` and `now` stay consistent with each other; the server
takes over the new wall time at its next start. Tests drive it through trio's mock clock.
"""

import time

import trio


class SteadyClock:
    """Milliseconds since the Unix epoch as of the start of the process, carried on monotonically."""

    def __init__(self, started_at: int | None = None) -> None:
        self._wall_ms = started_at if started_at is not None else time.time_ns() // 1_000_000
        self._seconds = trio.lowlevel.current_clock().current_time  # two calls less than `trio.current_time`, at every step
        self._trio_seconds = self._seconds()

    def now(self) -> int:
        """The present instant, in milliseconds since the Unix epoch."""
        return self._wall_ms + int((self._seconds() - self._trio_seconds) * 1000)

    def deadline(self, at: int) -> float:
        """The instant `at` in trio seconds; a hair later, so that at the deadline `now() >= at` holds."""
        return self._trio_seconds + (at - self._wall_ms) / 1000 + 0.0005
