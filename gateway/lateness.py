"""How late the event loop is: one task that is due every 10 ms on a fixed beat and notes how much later it ran.

A stall is noted once for every beat it swallowed, so that a second of silence weighs as much as it hurt. The lateness
includes what the kernel's timer rounds up, some 1 ms.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

import trio
from attrs import frozen

BEAT_SECONDS = 0.01
"""100 times a second: 0.4 % of a core, and short enough to see a stall of 10 ms."""

BOUNDS_SECONDS: tuple[float, ...] = (
    0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.0125, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.075,
    0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0,
)  # fmt: skip
"""Upper ends of the buckets; fine around 10 ms, which is what is promised."""


@frozen
class LatenessStatistics:
    """What was noted since the start, or since another reading (`since`).

    Attributes:
        counts: Beats per bucket of `BOUNDS_SECONDS`; one more for those beyond.
        total_seconds: Sum of all latenesses.
        high_seconds: The worst since the start.
    """

    counts: Sequence[int]
    total_seconds: float
    high_seconds: float

    @property
    def beats(self) -> int:
        return sum(self.counts)

    def since(self, earlier: "LatenessStatistics") -> "LatenessStatistics":
        """What was noted after `earlier`; the worst is still the one since the start."""
        counts = [now - then for now, then in zip(self.counts, earlier.counts, strict=True)]
        return LatenessStatistics(counts, self.total_seconds - earlier.total_seconds, self.high_seconds)

    def quantile(self, share: float) -> float:
        """Seconds that at most `1 - share` of the beats were late by more than: the upper end of a bucket, or the worst."""
        wanted = math.ceil(self.beats * share)
        seen = 0
        for bound, count in zip(BOUNDS_SECONDS, self.counts, strict=False):
            seen += count
            if seen >= wanted:
                return min(bound, self.high_seconds)
        return self.high_seconds


class Lateness:
    """The probe of one event loop."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_SECONDS) + 1)
        self._total = self._high = 0.0

    @property
    def statistics(self) -> LatenessStatistics:
        return LatenessStatistics(tuple(self._counts), self._total, self._high)

    async def run(self) -> None:
        """Note until cancelled."""
        due = trio.current_time() + BEAT_SECONDS
        while True:
            await trio.sleep_until(due)
            due = self.note(due, trio.current_time())

    def note(self, due: float, now: float) -> float:
        """Note every beat from `due` to `now` (trio seconds). Returns when the next one is due."""
        while due <= now:
            late = now - due
            self._counts[bisect_left(BOUNDS_SECONDS, late)] += 1
            self._total += late
            self._high = max(self._high, late)
            due += BEAT_SECONDS
        return due
