"""Timers that tick: the steady load of an evening."""

from bench.arena import Field, histogram_of, total
from bench.knobs import Knobs
from bench.missing import missing_ticks, ticks_due
from bench.outcome import Bar, Figure, Outcome
from bench.scenario import Scenario, histograms, latency_figures, server_figures


def run(field: Field, name: str, knobs: Knobs) -> Outcome:
    """Everybody sits in a room whose timer runs; count what arrives, and how late after its beat."""
    with field.arena(name, knobs) as arena:
        arena.enter()
        arena.contender.start_ticks(knobs.beats)
        arena.settle()
        due = ticks_due(knobs.seconds, knobs.beats)
        options = {"beat_ms": 1000 // knobs.beats, "ahead": arena.contender.clock_ahead(), "sample": 7, "due": due}
        with arena.measured() as span:
            reports = arena.crowd.do("listen", seconds=knobs.seconds, **options)
    deliveries, late = total(reports, "deliveries"), histogram_of(reports, "latency")
    figures = [
        Figure("cpu_us_per_delivery", span.cpu_seconds / max(1, deliveries) * 1e6, "us", own=True),
        Figure("deliveries_per_second", deliveries / span.seconds, "1/s", "more"),
        Figure("cpu_share", span.cpu_seconds / span.seconds, ""),
        *latency_figures("delivery", late),
        *server_figures(span),
    ]
    return Outcome(figures, histograms(delivery=late), arena.crowd.busiest_share(reports), missing_ticks(reports, knobs, due))


TICKS = Scenario(
    "ticks",
    "every room's timer ticks --beats times a second; what a delivery costs and how late it is",
    Knobs(beats=10),
    run,
    heeds=("sessions", "rooms", "people", "seconds", "beats"),
    peers=("floor", "websockets", "socketio"),
    bars=(Bar("cpu_us_per_delivery", 1.3, "floor"),),
)
