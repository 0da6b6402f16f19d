"""`/healthz` and `/readyz` of a server with workers."""

from collections.abc import Callable
from typing import Final

import orjson
from attrs import define, field
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.health import Phase
from gateway.workers.ask import Answer, Asking, Question
from gateway.workers.shared import Shared

PATIENCE_SECONDS: Final = 1.0
"""Less than probes have, which learn by the answer which worker it is; one that takes longer is not ready."""


@define
class FrontHealth:
    """Attributes: keys_known: To the front; the workers' own are asked of them, as their phase is. phase: Of the server."""

    asking: Asking
    keys_known: Callable[[], bool]
    phase: Phase = Phase.STARTING
    _workers: Shared[list[Answer]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        question = Question(b"/readyz", patience_seconds=PATIENCE_SECONDS)
        self._workers = Shared(lambda: self.asking.those_up(question))

    def routes(self) -> list[Route]:
        return [Route("/healthz", self._healthz), Route("/readyz", self._readyz)]

    async def _healthz(self, _request: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    async def _readyz(self, _request: Request) -> JSONResponse:
        """200 where every worker is ready, and nobody told the server to go."""
        answers = await self._workers.answer()
        ready = {answer.worker.number for answer in answers if answer.status == 200}
        workers = [
            {"worker": worker.number, "state": worker.state.value, "ready": worker.number in ready}
            for worker in self.asking.crew.workers
        ]
        everybody = self.phase is Phase.SERVING and len(ready) == len(workers)
        everybody = everybody and self.keys_known()
        store, keys = _worst(answers, "store", "healthy"), _worst(answers, "keys", "known") if self.keys_known() else "missing"
        body = {"status": self._status(), "store": store, "keys": keys, "workers": workers}
        return JSONResponse(body, 200 if everybody else 503, {} if everybody else {"Retry-After": "5"})

    def _status(self) -> str:
        """A server of which a part starts again is starting."""
        if self.phase is Phase.SERVING and not self.asking.crew.all_up:
            return Phase.STARTING.value
        return self.phase.value


def _worst(answers: list[Answer], field: str, well: str) -> str:
    """What the workers say of `field`: `well`, unless one says something else."""
    said: list[dict[str, str]] = [orjson.loads(answer.body) for answer in answers]
    return next((report[field] for report in said if report[field] != well), well)
