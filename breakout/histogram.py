"""How often something took how long: counts per bucket, cheap enough to note every command in."""

from bisect import bisect_left
from collections.abc import Sequence

from attrs import frozen

LATENCY_SECONDS: tuple[float, ...] = (
    0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0,
)  # fmt: skip
"""Upper ends of the buckets; fine where commits lie on a good disk (1 to 10 ms) and around the 50 and 150 ms that are promised."""


@frozen
class HistogramStatistics:
    """What was noted so far.

    Attributes:
        bounds: Upper ends of the buckets, rising.
        counts: Per bucket; one more than `bounds`, for what lies beyond.
        total: Sum of everything noted.
    """

    bounds: Sequence[float]
    counts: Sequence[int]
    total: float

    @property
    def count(self) -> int:
        return sum(self.counts)


class Histogram:
    """Counts per bucket. One writer."""

    __slots__ = ("_bounds", "_counts", "_total")

    def __init__(self, bounds: Sequence[float] = LATENCY_SECONDS) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0

    def note(self, value: float) -> None:
        """Count `value` in the first bucket whose upper end is not below it."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._total += value

    @property
    def statistics(self) -> HistogramStatistics:
        return HistogramStatistics(self._bounds, tuple(self._counts), self._total)
