"""Acknowledged changes: how many, and how long an acknowledgement takes."""

from typing import Any

from bench.arena import Field, histogram_of, total
from bench.knobs import Knobs
from bench.missing import missing_messages
from bench.outcome import Bar, Figure, Outcome
from bench.scenario import Scenario, histograms, latency_figures, server_figures


def run(field: Field, name: str, knobs: Knobs) -> Outcome:
    """`rate` keyed chat messages a second over all rooms, open loop; each is acknowledged when it is stored."""
    with field.arena(name, knobs) as arena:
        arena.enter()
        arena.settle()
        before = arena.contender.server.ask("stats")
        with arena.measured() as span:
            reports = arena.crowd.talk("load", seconds=knobs.seconds, rate=arena.crowd.share(knobs.rate), keyed=True)
        after = arena.contender.server.ask("stats")
    acks, sent = histogram_of(reports, "acks"), total(reports, "sent")
    in_time, seconds = total(reports, "acknowledged_in_time"), max(report["seconds"] for report in reports)
    figures = [
        Figure("changes_per_second", in_time / seconds, "1/s", "more"),
        Figure("cpu_us_per_change", span.cpu_seconds / max(1, sent) * 1e6, "us", own=True),
        *_grouping(sent, before, after),
        *latency_figures("acknowledged", acks),
        *server_figures(span),
    ]
    faults = missing_messages(reports, knobs, what="changes")
    return Outcome(figures, histograms(acknowledged=acks), arena.crowd.busiest_share(reports), faults)


def _grouping(sent: float, before: dict[str, Any], after: dict[str, Any]) -> list[Figure]:
    """How many changes share a commit, where the server can be asked."""
    if "commits" not in after:
        return []
    return [Figure("changes_per_commit", sent / max(1, after["commits"] - before["commits"]), "", own=True)]


DURABLE = Scenario(
    "durable",
    "--rate acknowledged changes a second, open loop: how long an acknowledgement takes; --kill9 looks for losses",
    Knobs(sessions=5, rooms=50, people=400, rate=1000, seconds=8),
    run,
    heeds=("sessions", "rooms", "people", "seconds", "rate"),
    bars=(Bar("acknowledged_p99_ms", 50), Bar("lateness_p99_ms", 10)),
)
