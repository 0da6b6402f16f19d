"""What a scenario is: a name, its knobs, what it does to one contender, and the bars it has to clear."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from bench.arena import Field, Span
from bench.histogram import summary, to_text
from bench.knobs import Knobs
from bench.outcome import Bar, Figure, Outcome

Run = Callable[[Field, str, Knobs], Outcome]
"""Runs against the contender of that name and says what came of it. Raises: TargetFailed, ArenaFailed, GeneratorFailed."""


ADVICE = {"rate_limited": "; lower --rate or --window, have more --people, or raise commands_per_second there"}


@frozen
class Scenario:
    """One kind of load.

    Attributes:
        summary: One line for `breakout-bench list`.
        heeds: The knobs that do something; every other is refused.
        peers: The contenders that can take it, besides Breakout.
        bars: What Breakout has to show with the default knobs.
        remote: Whether it can be run on a server that the bench did not start.
    """

    name: str
    summary: str
    defaults: Knobs
    run: Run
    heeds: Sequence[str]
    peers: Sequence[str] = ()
    bars: Sequence[Bar] = ()
    remote: bool = True


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


def not_acknowledged(reports: Sequence[dict[str, Any]], what: str) -> list[str]:
    """Faults: what was sent and refused, by code, and what was never answered."""
    refusals = Counter[str]()
    for report in reports:
        refusals.update(report["refusals"])
    unanswered = sum(report["unanswered"] for report in reports)
    faults = [f"{count} {what} refused: {code}{ADVICE.get(code, '')}" for code, count in refusals.items()]
    return [*faults, f"{unanswered} {what} not answered"] if unanswered else faults


def histograms(**named: Any) -> dict[str, str]:
    """As results keep them, without the empty ones."""
    return {name: to_text(histogram) for name, histogram in named.items() if histogram.get_total_count()}
