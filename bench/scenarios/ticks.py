"""Timers that tick: the steady load of an evening."""

from typing import Any

from bench.arena import Field, histogram_of, total
from bench.knobs import Knobs
from bench.outcome import Bar, Figure, Outcome
from bench.scenario import Scenario, histograms, latency_figures, server_figures

LEAST_TICKS = 2
"""A shorter run may end before the first one."""


def run(field: Field, name: str, knobs: Knobs) -> Outcome:
    """Everybody sits in a room whose timer runs; count what arrives, and how late after its beat."""
    with field.arena(name, knobs) as arena:
        arena.enter()
        arena.contender.start_ticks(knobs.beats)
        arena.settle()
        options = {"beat_ms": 1000 // knobs.beats, "ahead": arena.contender.clock_ahead(), "sample": 4, "follow": True}
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
    return Outcome(figures, histograms(delivery=late), span.generator_share, missing(reports, knobs))


def missing(reports: list[dict[str, Any]], knobs: Knobs) -> list[str]:
    """Faults: everybody's ticks count down one by one, and nobody's begin late or end early."""
    gaps, doubles = total(reports, "gaps"), total(reports, "doubles")
    faults = [f"{gaps:.0f} ticks lost, {doubles:.0f} doubled"] if gaps or doubles else []
    if knobs.seconds * knobs.beats < LEAST_TICKS:
        return faults
    deaf = knobs.people - total(reports, "clients")
    faults += [f"{deaf:.0f} people heard no tick"] if deaf else []
    least, most = min(r["least"] for r in reports if r["clients"]), max(r["most"] for r in reports)
    return [*faults, f"somebody heard {least} ticks while another heard {most}"] if most - least > 1 else faults


TICKS = Scenario(
    "ticks",
    "every room's timer ticks --beats times a second; what a delivery costs and how late it is",
    Knobs(beats=10),
    run,
    heeds=("sessions", "rooms", "people", "seconds", "beats"),
    peers=("floor", "websockets", "socketio"),
    bars=(Bar("cpu_us_per_delivery", 1.3, "floor"),),
)
