"""How late the event loop is: how much later than it was due a task would have run, had there been one every 10 ms.

Nobody is woken for it. A beat that falls into the time in which the loop waits is served at once; one that falls into the time in
which tasks run, or in which the machine lets the process wait, is as late as that time still lasts. A stall is noted once for
every beat it swallowed, so that a second of silence weighs as much as it hurt. What is left out is what the kernel's timer rounds
up, some 1 ms.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

import trio
from attrs import frozen

BEAT_SECONDS = 0.01
"""Short enough to see a stall of 10 ms."""

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


class Lateness(trio.abc.Instrument):
    """The probe of one event loop. It wakes nobody: trio says when it begins and ends to wait."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_SECONDS) + 1)
        self._total = self._high = 0.0
        self._due = self._wait_ends = math.inf

    @property
    def statistics(self) -> LatenessStatistics:
        return LatenessStatistics(tuple(self._counts), self._total, self._high)

    async def run(self) -> None:
        """Note until cancelled."""
        self._due = trio.current_time() + BEAT_SECONDS
        trio.lowlevel.add_instrument(self)
        try:
            await trio.sleep_forever()
        finally:
            trio.lowlevel.remove_instrument(self)

    def before_io_wait(self, timeout: float) -> None:
        """The tasks have run; the beats that came meanwhile would have been served now."""
        now = trio.current_time()
        self._wait_ends = now + timeout
        if self._due <= now:
            self.note_late(now)

    def after_io_wait(self, timeout: float) -> None:
        """The beats within the wait were served at once, but for those after its end: then the process itself was not run."""
        served_until = min(trio.current_time(), self._wait_ends)
        if self._due <= served_until:
            self.note_punctual(served_until)

    def note_late(self, now: float) -> None:
        """Note every beat until `now` (trio seconds) as served then."""
        while self._due <= now:
            late = now - self._due
            self._counts[bisect_left(BOUNDS_SECONDS, late)] += 1
            self._total += late
            self._high = max(self._high, late)
            self._due += BEAT_SECONDS

    def note_punctual(self, until: float) -> None:
        """Note every beat until then as served when it came."""
        beats = int((until - self._due) / BEAT_SECONDS) + 1
        self._counts[0] += beats
        self._due += beats * BEAT_SECONDS
