"""What the front asks of its workers: to the letter, not too much at once, and nobody waits for those who need not answer."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.api.refused import ApiRefused
from gateway.operators import served_apart
from gateway.settings import Settings
from gateway.workers.ask import AT_ONCE, Asking, Question, asking, question_of
from gateway.workers.crew import Crew
from gateway.workers.worker import State

Answering = Callable[[Request], Any]


def says(status: int, body: str = "") -> Answering:
    async def answer(_: Request) -> Response:
        return Response(body, status)

    return answer


async def hangs(_: Request) -> Response:
    await trio.sleep_forever()
    raise AssertionError


@asynccontextmanager
async def asked(directory: Path, *workers: Answering) -> AsyncIterator[Asking]:
    """Workers that are up, each with one answer to everything."""
    crew = Crew(Settings(workers=len(workers)), directory, 0)
    async with trio.open_nursery() as nursery:
        for worker, answering in zip(crew.workers, workers, strict=True):
            worker.state = State.UP
            route = Route("/{path:path}", answering, methods=["GET", "POST"])
            nursery.start_soon(serve, f"unix:{worker.private_socket}", route)
        while not all(worker.private_socket.exists() for worker in crew.workers):  # noqa: ASYNC110 - nothing tells of it
            await trio.sleep(0.001)
        async with asking(crew) as ask:
            with trio.fail_after(10):
                yield ask
        nursery.cancel_scope.cancel()


async def serve(address: str, route: Route) -> None:
    async with served_apart(address, [route]):
        await trio.sleep_forever()


ODD = (b"/rooms/a%2e%2E", b"/rooms/../x", b"/rooms/a#b", b"/rooms/%zz", b'/rooms/"<>[]|^`{}', b"/a?b#c?%", b"//host/x")


@pytest.mark.parametrize("target", ODD)
async def test_path_is_asked_for_to_the_letter(tmp_path: Path, target: bytes) -> None:
    async def echo(request: Request) -> Response:
        query = request.scope["query_string"]
        return Response(request.scope["raw_path"] + (b"?" + query if query else b""))

    async with asked(tmp_path, echo) as ask:
        answer = await ask.one(ask.crew.workers[0], Question(target))
    assert (answer.status, answer.body) == (200, target)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((404, 200), 200), ((503, 200), 200), ((200, 503), 200), ((404, 409), 409), ((404, 404), 404), ((404, 503), 503),
        ((500, 404), 500), ((403, 403), 403),
    ],
)  # fmt: skip
async def test_answer_is_that_of_the_one_that_knows(tmp_path: Path, statuses: tuple[int, int], expected: int) -> None:
    async with asked(tmp_path, *map(says, statuses)) as ask:
        assert (await ask.knowing(Question(b"/rooms/r/restart", "POST"))).status == expected


async def test_one_that_hangs_is_not_waited_for_where_another_knows(tmp_path: Path) -> None:
    async with asked(tmp_path, hangs, says(200, "done")) as ask:
        assert (await ask.knowing(Question(b"/rooms/r"))).body == b"done"


async def test_nobody_knows_where_one_does_not_answer_and_another_does_not_know(tmp_path: Path) -> None:
    async with asked(tmp_path, hangs, says(404)) as ask:
        with pytest.raises(ApiRefused) as refused:
            await ask.knowing(Question(b"/rooms/r", patience_seconds=0.2))
    assert refused.value.status == 503


async def test_flood_of_questions_is_answered_a_few_at_a_time_and_whole(tmp_path: Path) -> None:
    now, most, statuses = [0], [0], []

    async def counting(_: Request) -> Response:
        now[0] += 1
        most[0] = max(most[0], now[0])
        await trio.sleep(0.001)
        now[0] -= 1
        return Response("")

    async with asked(tmp_path, counting) as ask:

        async def question() -> None:
            statuses.append((await ask.one(ask.crew.workers[0], Question(b"/x"))).status)

        async with trio.open_nursery() as nursery:
            for _ in range(200):
                nursery.start_soon(question)
    assert statuses == [200] * 200
    assert 1 < most[0] <= AT_ONCE


async def test_head_is_asked_as_get() -> None:
    scope = {"type": "http", "method": "HEAD", "raw_path": b"/x", "query_string": b"a=b", "headers": []}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    assert await question_of(Request(scope, receive)) == Question(b"/x?a=b", "GET")
