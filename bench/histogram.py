"""Latencies in microseconds, kept so that tails are exact to three digits and processes can be added up."""

from collections.abc import Iterable, Sequence
from typing import Any

from hdrh.histogram import HdrHistogram

LOWEST_US, HIGHEST_US, DIGITS = 1, 120_000_000, 3
SHARES = (("p50", 50.0), ("p90", 90.0), ("p99", 99.0), ("p99.9", 99.9), ("max", 100.0))


def new_histogram() -> Any:
    return HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)


def note(histogram: Any, seconds: float) -> None:
    """Count one latency; what is below or beyond the range counts as its end."""
    histogram.record_value(min(HIGHEST_US, max(LOWEST_US, round(seconds * 1_000_000))))


def merged(encoded: Iterable[str | bytes]) -> Any:
    """One histogram out of those that processes sent as text."""
    whole = new_histogram()
    for text in encoded:
        whole.decode_and_add(text)
    return whole


def to_text(histogram: Any) -> str:
    """For sending to another process, and for results."""
    text: bytes = histogram.encode()
    return text.decode("ascii")


def summary(histogram: Any) -> dict[str, float | int]:
    """Milliseconds by percentile, and `count`. Empty: only the count."""
    count = int(histogram.get_total_count())
    if not count:
        return {"count": 0}
    return {name: round(histogram.get_value_at_percentile(share) / 1000, 3) for name, share in SHARES} | {"count": count}


def curve(histogram: Any, shares: Sequence[float]) -> list[tuple[float, float]]:
    """(percentile, milliseconds) for a diagram."""
    return [(share, histogram.get_value_at_percentile(share) / 1000) for share in shares]
