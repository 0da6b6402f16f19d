"""What a scenario is: a name, its knobs, what it does to one contender, and the bars it has to clear."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen

from bench.arena import Field, Span
from bench.histogram import summary, to_text
from bench.knobs import MAX_PEOPLE, Knobs
from bench.outcome import Bar, Figure, Outcome

Run = Callable[[Field, str, Knobs], Outcome]
"""Runs against the contender of that name and says what came of it. Raises: TargetFailed, ArenaFailed, GeneratorFailed."""


SOMEBODY: Mapping[str, tuple[float, float]] = {"people": (1, MAX_PEOPLE)}


@frozen
class Scenario:
    """One kind of load.

    Attributes:
        summary: One line for `breakout-bench list`.
        heeds: The knobs that do something; every other is refused.
        peers: The contenders that can take it, besides Breakout.
        bars: What Breakout has to show with the default knobs.
        remote: Whether it can be run on a server that the bench did not start.
        bounds: Narrower ones than every knob has.
    """

    name: str
    summary: str
    defaults: Knobs
    run: Run
    heeds: Sequence[str]
    peers: Sequence[str] = ()
    bars: Sequence[Bar] = ()
    remote: bool = True
    bounds: Mapping[str, tuple[float, float]] = SOMEBODY


def latency_figures(name: str, histogram: Any) -> list[Figure]:
    """p50, p90, p99, p99.9 and max in milliseconds; none for an empty histogram."""
    found = summary(histogram)
    return [Figure(f"{name}_{share}_ms", value, "ms") for share, value in found.items() if share != "count"]


def server_figures(span: Span) -> list[Figure]:
    """How late the server's loop was, or what each of its processes used; peers have neither."""
    late = span.lateness_ms or {}
    names = ["cpu_share_front", *(f"cpu_share_worker_{number}" for number in range(1, len(span.shares)))]
    return [
        *(Figure(f"lateness_{share}_ms", late[share], "ms") for share in ("p50", "p99", "max") if share in late),
        *(Figure(name, share, "", own=True) for name, share in zip(names, span.shares, strict=False)),
    ]


def histograms(**named: Any) -> dict[str, str]:
    """As results keep them, without the empty ones."""
    return {name: to_text(histogram) for name, histogram in named.items() if histogram.get_total_count()}
