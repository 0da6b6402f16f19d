"""What the front asks its workers: HTTP over their private sockets, with the token of whoever asked the front."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

import httpx
import trio
from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.refused import ApiRefused
from gateway.workers.crew import Crew
from gateway.workers.worker import State, Worker

PATIENCE_SECONDS: Final = 20.0
"""For an answer; a worker needs milliseconds, or it is stuck."""

LOOK_SECONDS: Final = 3.0
"""For an answer that is read at once, and without which the others' are shown. Less than probes, dashboards and people wait."""

AT_ONCE: Final = 8
"""Questions to one worker; others wait for their turn. A UNIX socket refuses whom its backlog (16) has no room for."""

PASSED_ON: Final = ("authorization", "content-type", "idempotency-key")
PASSED_BACK: Final = ("content-type", "cache-control", "retry-after", "www-authenticate")
"""Headers; the front adds those of its own to every answer."""

NOT_FOUND: Final = 404
CANNOT_TELL: Final = 500


def silence(worker: Worker) -> str:
    """Why a worker does not answer, and what to do, for operators."""
    if worker.state is State.UP and worker.process is not None:
        return f"worker {worker.number} hangs; kill -9 {worker.process.pid} has it started again"
    return f"worker {worker.number} starts again; wait a second"



@frozen
class Question:
    """Attributes: target: Path and query, percent-encoded."""

    target: bytes
    method: str = "GET"
    headers: Mapping[str, str] = {}
    body: bytes = b""
    patience_seconds: float = PATIENCE_SECONDS


@frozen
class Answer:
    """Attributes: life: Of the worker, which counts from zero in each."""

    worker: Worker
    life: int
    status: int
    headers: httpx.Headers
    body: bytes

    def response(self) -> Response:
        """The same for whoever asked the front."""
        headers = {name: self.headers[name] for name in PASSED_BACK if name in self.headers}
        return Response(self.body, self.status, headers)


async def question_of(request: Request, patience_seconds: float = PATIENCE_SECONDS) -> Question:
    """What was asked of the front, to be asked of a worker as it is; HEAD becomes GET, since the front needs the body."""
    query = request.scope["query_string"]
    target = request.scope["raw_path"] + (b"?" + query if query else b"")
    method = "GET" if request.method == "HEAD" else request.method
    return Question(target, method, headers_of(request), await request.body(), patience_seconds)


def headers_of(request: Request) -> dict[str, str]:
    """The headers by which a worker judges who asks."""
    return {name: request.headers[name] for name in PASSED_ON if name in request.headers}


class Asking:
    """The workers' private addresses."""

    def __init__(self, crew: Crew, clients: Sequence[httpx.AsyncClient]) -> None:
        self.crew = crew
        self._clients = clients
        self._turns = [trio.Semaphore(AT_ONCE) for _ in clients]

    async def one(self, worker: Worker, question: Question) -> Answer:
        """The worker's answer, whatever it is. Raises: ApiRefused: 503, there is none; what was asked may still take effect."""
        answer = await self._ask(worker, question)
        if answer is None:
            raise ApiRefused(503, "overloaded", silence(worker))
        return answer

    async def those_up(self, question: Question) -> list[Answer]:
        """The answers of all who answer, in the workers' order."""
        found: dict[int, Answer] = {}

        async def ask(worker: Worker) -> None:
            answer = await self._ask(worker, question)
            if answer is not None:
                found[worker.number] = answer

        async with trio.open_nursery() as nursery:
            for worker in self.crew.workers:
                nursery.start_soon(ask, worker)
        return [found[number] for number in sorted(found)]

    async def knowing(self, question: Question) -> Answer:
        """The answer of the one that knows what is asked about, for which the others are not waited for.

        Raises:
            ApiRefused: 503, one does not answer, and to the others it is unknown.
        """
        answers: list[Answer] = []

        async def ask(worker: Worker) -> None:
            answer = await self._ask(worker, question)
            if answer is not None:
                answers.append(answer)
                if not _doubt(answer):
                    nursery.cancel_scope.cancel()

        async with trio.open_nursery() as nursery:
            for worker in self.crew.workers:
                nursery.start_soon(ask, worker)
        found = min(answers, key=_doubt, default=None)
        if found is None or (found.status == NOT_FOUND and len(answers) < len(self.crew.workers)):
            raise ApiRefused(503, "overloaded", f"those who answer do not know it; {self._silence(answers)}")
        return found

    async def everyone(self, question: Question) -> list[Answer]:
        """The answers of all. Raises: ApiRefused: 503, one does not answer; another may have done what was asked."""
        answers = await self.those_up(question)
        if len(answers) < len(self.crew.workers):
            raise ApiRefused(503, "overloaded", self._silence(answers))
        return answers

    def missing(self, answers: Sequence[Answer]) -> list[Worker]:
        """Those of whom there is no answer."""
        answered = {answer.worker.number for answer in answers}
        return [worker for worker in self.crew.workers if worker.number not in answered]

    def _silence(self, answers: Sequence[Answer]) -> str:
        return "; ".join(map(silence, self.missing(answers)))

    async def _ask(self, worker: Worker, question: Question) -> Answer | None:
        if worker.state not in (State.UP, State.LEAVING):
            return None
        try:
            with trio.fail_after(question.patience_seconds):
                async with self._turns[worker.number - 1]:
                    life = worker.lives
                    answer = await self._request(worker, question)
        except (httpx.HTTPError, trio.TooSlowError, OSError):
            return None
        return Answer(worker, life, answer.status_code, answer.headers, answer.content)

    async def _request(self, worker: Worker, question: Question) -> httpx.Response:
        return await self._clients[worker.number - 1].request(
            question.method,
            "http://worker/",
            headers=dict(question.headers),
            content=question.body,
            timeout=question.patience_seconds,
            extensions={"target": question.target},  # a URL would be put in order, or refused
        )


def _doubt(answer: Answer) -> int:
    """None about one that knows; more where it cannot tell, and most where it does not know."""
    return 2 if answer.status == NOT_FOUND else int(answer.status >= CANNOT_TELL)


@asynccontextmanager
async def asking(crew: Crew) -> AsyncIterator[Asking]:
    """Ask the workers of `crew` for the length of a block. Each question has a connection of its own: lives end unannounced."""
    limits = httpx.Limits(max_keepalive_connections=0)
    make = partial(httpx.AsyncHTTPTransport, limits=limits, trust_env=False)
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(transport=make(uds=str(worker.private_socket)), trust_env=False)
            )
            for worker in crew.workers
        ]
        yield Asking(crew, clients)
