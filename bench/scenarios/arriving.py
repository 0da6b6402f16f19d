"""People who come: all at once, again and again, or all at once again."""

from typing import Any

from attrs import frozen

from bench.arena import Arena, ArenaFailed, Field, Span, histogram_of, total
from bench.dialect import JOIN, RETURN
from bench.knobs import Knobs
from bench.outcome import Bar, Figure, Outcome
from bench.scenario import Scenario, histograms, latency_figures, server_figures

LEAVE_SECONDS = 30.0


@frozen
class Storm:
    """Everybody got in. Attributes: reports: Of those who did."""

    reports: list[dict[str, Any]]
    span: Span

    def figures(self, when: str = "") -> list[Figure]:
        """`when` is what their names begin with."""
        seconds = max(r["ended_at"] for r in self.reports) - min(r["started_at"] for r in self.reports)
        count = total(self.reports, "entered")
        return [
            Figure(f"{when}joins_per_second", count / seconds, "1/s", "more"),
            Figure(f"{when}cpu_ms_per_join", self.span.cpu_seconds / max(1, count) * 1000, "ms", own=True),
            *latency_figures(f"{when}join", self.latencies),
        ]

    @property
    def latencies(self) -> Any:
        return histogram_of(self.reports, "latency")


def _storm(arena: Arena, how: str = JOIN) -> Storm:
    with arena.measured() as span:
        reports = arena.enter(how)
    return Storm(reports, span)


def join_storm(field: Field, name: str, knobs: Knobs) -> Outcome:
    """Connect and join, `window` people under way; a join counts when its reply is there.

    First on a server that has just started, then, when everybody has given up their seat and gone, on the same one, warm.
    """
    with field.arena(name, knobs) as arena:
        cold = _storm(arena)
        arena.settle()
        _go_for_good(arena)
        arena.settle()
        warm = _storm(arena)
    figures = [*warm.figures(), *cold.figures("cold_"), *server_figures(warm.span)]
    share = max(cold.span.generator_share, warm.span.generator_share)
    return Outcome(figures, histograms(join=warm.latencies, cold_join=cold.latencies), share)


def _go_for_good(arena: Arena) -> None:
    """Everybody leaves their room, where the server would keep their seat, and is gone. Raises: ArenaFailed: Somebody could not."""
    if arena.contender.name == "breakout":
        reports = arena.crowd.do("say", event="breakout.room.leave", data={}, one_in=1, seconds=LEAVE_SECONDS)
        stuck = total(reports, "refused") + total(reports, "unanswered")
        if stuck:
            raise ArenaFailed(f"{stuck:.0f} people could not leave their room between the two storms")
    arena.crowd.do("drop")


def reconnect_storm(field: Field, name: str, knobs: Knobs) -> Outcome:
    """Everybody is in, loses the network at once and comes back; a seat that was held needs no join."""
    with field.arena(name, knobs) as arena:
        arena.enter()
        arena.settle()
        arena.crowd.do("drop")
        storm = _storm(arena, RETURN)
    figures = [*storm.figures(), *server_figures(storm.span)]
    return Outcome(figures, histograms(join=storm.latencies), storm.span.generator_share)


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
    "people connect and join, --window under way at once, on a server that has just started and again when it is warm",
    Knobs(),
    join_storm,
    heeds=("sessions", "rooms", "people", "window"),
    peers=("floor", "websockets", "socketio"),
    bars=(Bar("joins_per_second", 1.0, "socketio", "more"), Bar("cold_joins_per_second", 1.0, "socketio", "more")),
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
