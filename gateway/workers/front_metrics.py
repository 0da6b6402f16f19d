"""`/metrics` of a server with workers: theirs and the front's, as one server's."""

from collections.abc import Callable, Iterator

from attrs import define, evolve
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.api.auth import Gate
from gateway.api.refused import answered
from gateway.health import Phase
from gateway.lateness import Lateness
from gateway.listener import ListenerStatistics
from gateway.metrics import counter, gauge, lateness_metrics, socket_metrics
from gateway.workers.ask import LOOK_SECONDS, Asking, Question
from gateway.workers.front_health import FrontHealth
from gateway.workers.merged_metrics import FRONT, MergedMetrics, Scrape
from gateway.workers.shared import Shared
from gateway.workers.sorter import Sorter


@define(eq=False)
class FrontCollector(Collector):
    """What the front itself knows. Attributes: answering: How many workers have just said how they are."""

    health: FrontHealth
    lateness: Lateness
    sorter: Sorter
    transport: Callable[[], ListenerStatistics]
    answering: int = 0

    def describe(self) -> Iterator[Metric]:
        """Nothing is known before a scrape."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        crew, sockets = self.health.asking.crew, self.transport()
        ready = self.health.phase is Phase.SERVING and crew.all_up and self.answering == len(crew.workers)
        yield gauge("ready", "1 while clients may be sent here: serving, and the last commit succeeded.", ready)
        yield counter("worker_restarts", "Workers started again after they ended.", crew.restarts)
        yield from socket_metrics(evolve(sockets, refused=sockets.refused + self.sorter.refused))
        yield from lateness_metrics(self.lateness.statistics)


def front_metrics_routes(asking: Asking, collector: FrontCollector, gate: Gate, *, open_to_all: bool) -> list[Route]:
    """`/metrics`; unless it is open, it needs `breakout:operate`."""
    merged = MergedMetrics()
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)

    async def scrape() -> bytes:
        found = await asking.those_up(Question(b"/metrics", patience_seconds=LOOK_SECONDS))
        answers = [answer for answer in found if answer.status == 200]
        collector.answering = len(answers)
        own = Scrape(FRONT, 0, generate_latest(registry).decode())
        return merged.merge([own, *(Scrape(answer.worker.number, answer.life, answer.body.decode()) for answer in answers)])

    shared = Shared(scrape)

    async def metrics(request: Request) -> Response:
        if not open_to_all:
            gate.operator(request)
        return Response(await shared.answer(), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    return [Route("/metrics", answered(metrics))]
