"""`GET /metrics`: what is counted everywhere, in Prometheus' text format.

Nothing is counted here. At each scrape the statistics of the parts are read, so that counting costs nothing in between. Labels are
events and outcomes of the protocol's tables and close codes; no label grows with rooms, sessions or people.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from actors.inspection import inspect_load
from breakout.histogram import HistogramStatistics
from gateway.api.auth import Gate
from gateway.api.refused import answered
from gateway.jwks import JwksStatistics
from gateway.lateness import BOUNDS_SECONDS, LatenessStatistics
from gateway.listener import ListenerStatistics
from gateway.parts import Parts

PREFIX: Final = "breakout_"


class BreakoutCollector(Collector):
    """Reads the parts of one server."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def describe(self) -> Iterator[Metric]:
        """Nothing is known before a scrape."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield from self._server()
        yield from self._connections()
        yield from self._load()
        yield from self._commands()
        yield from self._journal()
        yield from self._keys()
        yield from lateness_metrics(self._parts.lateness.statistics)

    def _server(self) -> Iterator[Metric]:
        health = self._parts.health
        info = GaugeMetricFamily(PREFIX + "info", "Always 1; the label has the version.", labels=["version"])
        info.add_metric([own_version()], 1)
        yield info
        yield gauge("ready", "1 while clients may be sent here: serving, and the last commit succeeded.", health.ready)
        yield gauge("store_healthy", "1 while the last commit succeeded.", health.store_healthy())
        yield gauge("workers", "Processes that serve sessions and answer.", 1)
        yield counter("worker_restarts", "Workers started again after they ended.", 0)

    def _connections(self) -> Iterator[Metric]:
        people = self._parts.endpoint.statistics
        yield gauge("connections", "WebSockets of people open now.", people.connections)
        yield counter("connections_opened", "WebSockets of people opened.", people.opened)
        closed = CounterMetricFamily(PREFIX + "connections_closed", "WebSockets ended, by close code.", labels=["code"])
        for code, count in sorted(people.closed.items()):
            closed.add_metric([str(code or "other")], count)
        yield closed
        yield from socket_metrics(self._parts.transport())
        yield gauge("outbox_bytes", "Waiting to be sent, all connections together.", people.outbox_bytes)
        yield gauge("outbox_high_bytes", "The most that waits for one connection now.", people.outbox_high_bytes)
        yield gauge("outbox_high_water_bytes", "The most that ever waited for one.", people.outbox_high_water_bytes)

    def _load(self) -> Iterator[Metric]:
        root = self._parts.root
        load, sessions, frames = inspect_load(root.doors()), root.statistics(), root.frames
        yield gauge("sessions", "Sessions in memory.", load.sessions)
        yield gauge("sessions_loading", "Sessions being read from the store.", sessions.loading)
        yield counter("session_reloads", "Sessions loaded again after a failed commit or a crash.", sessions.reloads)
        yield gauge("rooms_open", "Rooms that are not closed.", load.rooms_open)
        yield gauge("rooms_running", "Rooms with an actor.", load.rooms_running)
        yield gauge("people", "Users connected, counted per session.", load.people)
        yield gauge("seats", "Seats taken.", load.seats)
        yield gauge("mailbox_depth", "Unhandled messages of all actors.", load.mailbox_depth)
        yield gauge("mailbox_high_depth", "The most unhandled messages of one actor now.", load.mailbox_high_depth)
        yield gauge("mailbox_high_water", "The most there ever were of an actor that runs.", load.mailbox_high_water)
        yield gauge("steps_waiting", "Steps of actors that wait for their commit.", load.waiting_steps)
        yield counter("frames", "Pushes and replies handed to connections.", frames.frames)
        yield counter("ticks", "Ticks of timers handed to connections.", frames.ticks)

    def _commands(self) -> Iterator[Metric]:
        meter = self._parts.root.meter.statistics
        outcomes = CounterMetricFamily(
            PREFIX + "commands", "Commands answered, by event and outcome.", labels=["event", "outcome"]
        )
        for labels, count in sorted(meter.commands.items()):
            outcomes.add_metric(labels, count)
        yield outcomes
        answers = histogram("answer_seconds", "From a command's arrival to its reply, commit included.", ["event"])
        for event, statistics in sorted(meter.answer_seconds.items()):
            fill(answers, [event], statistics)
        yield answers
        delivery = histogram("delivery_seconds", "From an actor's step to its frames handed to connections.")
        fill(delivery, [], meter.delivery_seconds)
        yield delivery
        yield counter("seatings", "Seats taken: joins, moves, assignments, latecomers.", meter.seatings)
        yield counter("room_crashes", "Rooms whose actor a bug ended.", meter.room_crashes)
        yield counter("room_restarts_ordered", "Rooms restarted by an operator.", meter.room_restarts_ordered)
        yield counter("rooms_given_up", "Rooms closed because they failed too often.", meter.rooms_given_up)

    def _journal(self) -> Iterator[Metric]:
        journal = self._parts.persistence.journal.statistics
        yield gauge("journal_waiting", "Changes that wait for their commit.", journal.waiting)
        yield gauge("journal_high_waiting", "The most that ever waited.", journal.high_waiting)
        yield counter("journal_changes", "Changes committed.", journal.committed)
        yield counter("journal_failures", "Commits that failed.", journal.failures)
        yield counter("journal_failed_changes", "Changes reported as not stored.", journal.failed_changes)
        commits = histogram("commit_seconds", "Commits, from their first row to the disk.")
        fill(commits, [], journal.commit_seconds)
        yield commits
        sync = histogram("commit_sync_seconds", "The part of a commit that waits for the disk (COMMIT with its fsync).")
        fill(sync, [], journal.sync_seconds)
        yield sync

    def _keys(self) -> Iterator[Metric]:
        published = self._parts.published
        jwks = JwksStatistics() if published is None else published.statistics
        yield gauge("jwks_keys", "Public keys known of an identity provider.", jwks.keys)
        yield counter("jwks_reads", "Times its keys were read.", jwks.reads)
        yield counter("jwks_failures", "Times they could not be read; those known are kept.", jwks.failures)
        yield gauge("jwks_age_seconds", "Since its keys were read, or the start; 0 without a provider.", jwks.age_seconds)


def metrics_routes(parts: Parts, gate: Gate, *, open_to_all: bool) -> list[Route]:
    """`/metrics`; unless it is open, it needs `breakout:operate`."""
    registry = CollectorRegistry()
    registry.register(BreakoutCollector(parts))
    ProcessCollector(registry=registry)

    async def metrics(request: Request) -> Response:
        if not open_to_all:
            gate.operator(request)
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    return [Route("/metrics", answered(metrics))]


def socket_metrics(sockets: ListenerStatistics) -> Iterator[Metric]:
    yield gauge("sockets_open", "TCP connections open now, HTTP included.", sockets.open)
    yield counter("sockets_accepted", "TCP connections accepted.", sockets.accepted)
    yield counter("sockets_refused", "Connections and handshakes turned away with 503 for want of places.", sockets.refused)
    rejected = CounterMetricFamily(
        PREFIX + "requests_rejected", "Requests and handshakes refused, by status.", labels=["status"]
    )
    for status, count in sorted(sockets.rejected.items()):
        rejected.add_metric([str(status)], count)
    yield rejected
    yield counter("sockets_failed", "Connections ended by a bug of the server; each is logged.", sockets.failed)
    yield counter("accept_pauses", "Pauses of accepting for want of descriptors or memory.", sockets.accept_pauses)


def lateness_metrics(late: LatenessStatistics) -> Iterator[Metric]:
    beats = histogram("loop_lateness_seconds", "How late a task ran that is due every 10 ms.")
    fill(beats, [], HistogramStatistics(BOUNDS_SECONDS, late.counts, late.total_seconds))
    yield beats
    yield gauge("loop_lateness_high_seconds", "The worst since the start.", late.high_seconds)


@cache
def own_version() -> str:
    """Of this program as it is installed; "unknown" where it runs from a folder."""
    try:
        return version("breakout")
    except PackageNotFoundError:
        return "unknown"


def gauge(name: str, text: str, value: float) -> Metric:
    """A family of one sample; its name gets our prefix."""
    return GaugeMetricFamily(PREFIX + name, text, value=float(value))


def counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(PREFIX + name, text, value=float(value))


def histogram(name: str, text: str, labels: Sequence[str] = ()) -> HistogramMetricFamily:
    return HistogramMetricFamily(PREFIX + name, text, labels=labels)


def fill(family: HistogramMetricFamily, labels: Sequence[str], statistics: HistogramStatistics) -> None:
    """Add one series; Prometheus wants each bucket to contain those below it."""
    buckets, sum_so_far = [], 0
    for bound, count in zip((*map(str, statistics.bounds), "+Inf"), statistics.counts, strict=True):
        sum_so_far += count
        buckets.append((bound, sum_so_far))
    family.add_metric(labels, buckets, statistics.total)
