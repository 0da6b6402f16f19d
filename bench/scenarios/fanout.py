"""Messages that go to many."""

from bench.arena import Field, histogram_of, total
from bench.knobs import Knobs
from bench.missing import missing_messages
from bench.outcome import Bar, Figure, Outcome
from bench.scenario import SOMEBODY, Scenario, histograms, latency_figures, server_figures

MOST_SECONDS = 30
"""Those who only listen answer no pings meanwhile, and a server may give up on them after 40 seconds."""


def fanout(field: Field, name: str, knobs: Knobs) -> Outcome:
    """Chat in big rooms, `window` messages under way; how many deliveries a second come of it.

    With Breakout each message is stored before anybody sees it.
    """
    with field.arena(name, knobs) as arena:
        arena.enter()
        arena.settle()
        with arena.measured() as span:
            window = arena.crowd.slots(knobs.window)
            reports = arena.crowd.talk("window", seconds=knobs.seconds, window=window, sample=61, lean=True)
    late = histogram_of(reports, "latency")
    acknowledged = total(reports, "acknowledged_in_time")
    in_time, deliveries = total(reports, "in_time"), total(reports, "deliveries")
    seconds = max(report["seconds"] for report in reports)
    figures = [
        Figure("deliveries_per_cpu_second", deliveries / max(0.01, span.cpu_seconds), "1/s", "more", own=True),
        Figure("deliveries_per_second", in_time / seconds, "1/s", "more"),
        Figure("cpu_us_per_delivery", span.cpu_seconds / max(1, deliveries) * 1e6, "us", own=True),
        Figure("messages_per_second", acknowledged / seconds, "1/s", "more"),
        *latency_figures("delivery", late),
        *server_figures(span),
    ]
    share = arena.crowd.busiest_share(reports)
    return Outcome(figures, histograms(delivery=late), share, missing_messages(reports, knobs))


def chat(field: Field, name: str, knobs: Knobs) -> Outcome:
    """People talk, `rate` messages a second over all rooms, whatever the server does."""
    with field.arena(name, knobs) as arena:
        arena.enter()
        arena.settle()
        with arena.measured() as span:
            reports = arena.crowd.talk("load", seconds=knobs.seconds, rate=arena.crowd.share(knobs.rate))
    late, acks, sent = histogram_of(reports, "latency"), histogram_of(reports, "acks"), total(reports, "sent")
    deliveries = total(reports, "deliveries")
    figures = [
        Figure("cpu_us_per_delivery", span.cpu_seconds / max(1, deliveries) * 1e6, "us", own=True),
        Figure("cpu_us_per_message", span.cpu_seconds / max(1, sent) * 1e6, "us", own=True),
        *latency_figures("delivery", late),
        *latency_figures("acknowledged", acks),
        *server_figures(span),
    ]
    share, faults = arena.crowd.busiest_share(reports), missing_messages(reports, knobs)
    return Outcome(figures, histograms(delivery=late, acknowledged=acks), share, faults)


FANOUT = Scenario(
    "fanout",
    "chat in one big room, --window messages under way at once: deliveries a second",
    Knobs(sessions=1, rooms=1, people=500, seconds=6, window=16),
    fanout,
    heeds=("sessions", "rooms", "people", "seconds", "window"),
    peers=("floor", "websockets", "socketio"),
    bars=(Bar("deliveries_per_second", 0.8, "floor", "more"),),
    bounds={**SOMEBODY, "seconds": (0.1, MOST_SECONDS)},
)
CHAT = Scenario(
    "chat",
    "--rate chat messages a second over all rooms, open loop: how late they are everywhere",
    Knobs(rate=500),
    chat,
    heeds=("sessions", "rooms", "people", "seconds", "rate"),
    peers=("floor", "websockets", "socketio"),
)
