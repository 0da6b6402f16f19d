"""`/metrics` of a server with workers: theirs and the front's, as one server's."""

from collections.abc import Callable, Iterator
from typing import Final

from attrs import evolve, frozen
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.api.refused import answered
from gateway.health import Phase
from gateway.lateness import Lateness
from gateway.listener import ListenerStatistics
from gateway.metrics import counter, gauge, lateness_metrics, socket_metrics
from gateway.workers.ask import Asking, Question, headers_of
from gateway.workers.front_health import FrontHealth
from gateway.workers.merged_metrics import FRONT, MergedMetrics, Scrape
from gateway.workers.sorter import Sorter

PATIENCE_SECONDS: Final = 3.0
"""Less than Prometheus has (10 s): a worker that is stuck must not take the others' figures with it."""


@frozen(eq=False)
class FrontCollector(Collector):
    """What the front itself knows."""

    health: FrontHealth
    lateness: Lateness
    sorter: Sorter
    transport: Callable[[], ListenerStatistics]

    def describe(self) -> Iterator[Metric]:
        """Nothing is known before a scrape."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        crew, sockets = self.health.asking.crew, self.transport()
        serving = self.health.phase is Phase.SERVING
        yield gauge("ready", "1 while clients may be sent here: serving, and the last commit succeeded.", serving and crew.all_up)
        yield counter("worker_restarts", "Workers started again after they ended.", crew.restarts)
        yield from socket_metrics(evolve(sockets, refused=sockets.refused + self.sorter.refused))
        yield from lateness_metrics(self.lateness.statistics)


def front_metrics_routes(asking: Asking, collector: FrontCollector) -> list[Route]:
    """`/metrics`; the workers judge whether it may be seen."""
    merged = MergedMetrics()
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)

    async def metrics(request: Request) -> Response:
        question = Question(b"/metrics", headers=headers_of(request), patience_seconds=PATIENCE_SECONDS)
        answers = await asking.those_up(question)
        for answer in answers:
            if answer.status != 200:
                return answer.response()
        own = Scrape(FRONT, 0, generate_latest(registry).decode())
        scrapes = [own, *(Scrape(answer.worker.number, answer.life, answer.body.decode()) for answer in answers)]
        return Response(merged.merge(scrapes), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    return [Route("/metrics", answered(metrics))]
