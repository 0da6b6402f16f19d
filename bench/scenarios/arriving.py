"""People who come: all at once, again and again, or all at once again."""

from typing import Any

from bench.arena import Arena, Field, Span, histogram_of, total
from bench.dialect import RETURN
from bench.knobs import Knobs
from bench.outcome import Bar, Figure, Outcome
from bench.scenario import Scenario, histograms, latency_figures, server_figures


def _joins(reports: list[dict[str, Any]], span: Span) -> list[Figure]:
    seconds = max(r["ended_at"] for r in reports) - min(r["started_at"] for r in reports)
    count = total(reports, "entered")
    return [
        Figure("joins_per_second", count / seconds, "1/s", "more"),
        Figure("cpu_ms_per_join", span.cpu_seconds / max(1, count) * 1000, "ms", own=True),
        *latency_figures("join", histogram_of(reports, "latency")),
        *server_figures(span),
    ]


def _storm(arena: Arena) -> tuple[list[dict[str, Any]], Span]:
    with arena.measured() as span:
        reports = arena.enter()
    return reports, span


def join_storm(field: Field, name: str, knobs: Knobs) -> Outcome:
    """Connect and join, `window` people under way; a join counts when its reply is there."""
    with field.arena(name, knobs) as arena:
        reports, span = _storm(arena)
    return Outcome(_joins(reports, span), histograms(join=histogram_of(reports, "latency")), span.generator_share)


def reconnect_storm(field: Field, name: str, knobs: Knobs) -> Outcome:
    """Everybody is in, loses the network at once and comes back; a seat that was held needs no join."""
    with field.arena(name, knobs) as arena:
        arena.enter()
        arena.settle()
        arena.crowd.do("drop")
        with arena.measured() as span:
            reports = arena.enter(RETURN)
    return Outcome(_joins(reports, span), histograms(join=histogram_of(reports, "latency")), span.generator_share)


def churn(field: Field, name: str, knobs: Knobs) -> Outcome:
    """Everybody is in; `rate` people a second vanish and come back."""
    with field.arena(name, knobs) as arena:
        arena.enter()
        arena.settle()
        resident = arena.contender.server.usage.resident_kib
        with arena.measured() as span:
            reports = arena.crowd.do("churn", seconds=knobs.seconds, rate=arena.crowd.share(knobs.rate))
        grown = arena.contender.server.usage.resident_kib - resident
    back, cut = histogram_of(reports, "latency"), total(reports, "cut")
    figures = [
        Figure("cpu_ms_per_return", span.cpu_seconds / max(1, cut) * 1000, "ms", own=True),
        Figure("grown_kib", grown, "KiB"),
        *latency_figures("return", back),
        *server_figures(span),
    ]
    return Outcome(figures, histograms(**{"return": back}), arena.crowd.busiest_share(reports), not_back(reports))


def not_back(reports: list[dict[str, Any]]) -> list[str]:
    """Faults: whoever vanished comes back."""
    absent = total(reports, "absent")
    return [f"{absent:.0f} people did not come back"] if absent else []


JOIN_STORM = Scenario(
    "join-storm",
    "people connect and join, --window under way at once: joins a second, and what one costs",
    Knobs(),
    join_storm,
    heeds=("sessions", "rooms", "people", "window"),
    peers=("floor", "websockets", "socketio"),
    bars=(Bar("joins_per_second", 1.0, "socketio", "more"),),
)
RECONNECT_STORM = Scenario(
    "reconnect-storm",
    "every connection is cut at once and comes back, --window under way at once",
    Knobs(),
    reconnect_storm,
    heeds=("sessions", "rooms", "people", "window"),
    peers=("floor", "websockets", "socketio"),
)
CHURN = Scenario(
    "churn",
    "--rate people a second vanish and come back; memory must not grow with them",
    Knobs(rate=50),
    churn,
    heeds=("sessions", "rooms", "people", "seconds", "rate"),
    peers=("floor", "websockets", "socketio"),
)
