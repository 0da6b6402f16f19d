"""What an ASGI application gets to see, and what becomes of its mistakes."""

from collections.abc import Callable
from typing import Any

import pytest
import trio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from structlog.testing import capture_logs

from tests.gateway.test_http1 import GET, OK, Message, Receive, Send, answer, exchange, read_response
from tests.gateway.transport_harness import read_head, read_to_end, start, until

CLOSE = b"Connection: close\r\n"


async def test_scope_describes_the_request(nursery: trio.Nursery) -> None:
    scopes: list[Message] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        await answer(send, b"")

    running = await start(nursery, app=app, trusted_proxies=("127.0.0.1",))
    request = b"GET /caf%C3%A9%2Fx?q=%20 HTTP/1.1\r\nHost: h\r\nX-Thing: A\r\nX-Forwarded-For: 6.6.6.6, 9.8.7.6\r\n"
    await exchange(running, request + CLOSE + b"\r\n")
    (scope,) = scopes
    assert (scope["type"], scope["method"], scope["http_version"], scope["scheme"]) == ("http", "GET", "1.1", "http")
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/café/x", b"/caf%C3%A9%2Fx", b"q=%20")
    assert (b"x-thing", b"A") in scope["headers"]
    assert scope["client"] == ("9.8.7.6", 0)
    assert tuple(scope["server"]) == running.address


async def test_request_ends_with_a_disconnect_after_its_response(nursery: trio.Nursery) -> None:
    seen: list[Message] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        seen.append(await receive())
        await answer(send, b"")
        seen.append(await receive())

    running = await start(nursery, app=app)
    await exchange(running, b"GET / HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n")
    assert seen == [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]


async def test_application_that_waits_hears_that_the_client_left(nursery: trio.Nursery) -> None:
    seen: list[str] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        seen.append((await receive())["type"])
        seen.append((await receive())["type"])
        with pytest.raises(OSError, match="left"):
            await _send_for_ever(send)

    running = await start(nursery, app=app)
    stream = await running.connect()
    with trio.fail_after(5), capture_logs() as logs:
        await stream.send_all(GET)
        await until(lambda: bool(seen))
        await stream.aclose()
        await running.wait_idle()
    assert seen == ["http.request", "http.disconnect"]
    assert not [entry for entry in logs if entry["log_level"] == "error"]


async def _send_for_ever(send: Send) -> None:
    await send(OK)
    while True:
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})


async def fails_at_once(scope: Message, receive: Receive, send: Send) -> None:
    raise LookupError("boom")


async def fails_in_a_group(scope: Message, receive: Receive, send: Send) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(fails_at_once, scope, receive, send)


async def fails_before_the_body(scope: Message, receive: Receive, send: Send) -> None:
    await send(OK)
    raise LookupError("boom")


async def sends_nothing(scope: Message, receive: Receive, send: Send) -> None:
    return


async def sends_a_body_without_a_head(scope: Message, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.body", "body": b"x"})


async def sends_an_invalid_header(scope: Message, receive: Receive, send: Send) -> None:
    await send({**OK, "headers": [(b"x", b"a\r\nSet-Cookie: injected=1")]})
    await send({"type": "http.response.body", "body": b"x"})


@pytest.mark.parametrize(
    "app",
    [
        fails_at_once,
        fails_in_a_group,
        fails_before_the_body,
        sends_nothing,
        sends_a_body_without_a_head,
        sends_an_invalid_header,
    ],
)
async def test_application_that_fails_before_a_response_gives_a_500_and_a_log_entry(
    nursery: trio.Nursery, app: Callable[..., Any]
) -> None:
    running = await start(nursery, app=app)
    with capture_logs() as logs:
        reply = await exchange(running, GET)
    assert reply.startswith(b"HTTP/1.1 500 ")
    assert b'{"error":{"code":"internal_server_error","message":"internal error"}}' in reply
    assert b"injected" not in reply
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["http_application_failed"]


async def test_response_that_stops_half_way_is_cut_so_that_the_client_notices(nursery: trio.Nursery) -> None:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        await send(OK)
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise LookupError("boom")

    running = await start(nursery, app=app)
    with capture_logs() as logs:
        reply = await exchange(running, GET)
    assert reply.endswith(b"4\r\nhalf\r\n")
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["http_application_failed"]


async def test_streamed_response_waits_for_a_client_that_reads_slowly(nursery: trio.Nursery) -> None:
    sent = 0

    async def pieces(request: Request) -> Response:
        async def produce() -> Any:
            nonlocal sent
            for _ in range(300):
                sent += 65536
                yield b"x" * 65536

        return StreamingResponse(produce())

    running = await start(nursery, app=Starlette(routes=[Route("/", pieces)]))
    stream = await running.connect()
    with trio.fail_after(20):
        await stream.send_all(b"GET / HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n")
        await read_head(stream)
        await trio.testing.wait_all_tasks_blocked(0.1)
        assert sent < 300 * 65536
        assert len(await read_to_end(stream)) > 290 * 65536


async def test_middleware_of_starlette_runs_under_trio(nursery: trio.Nursery) -> None:
    class Stamp(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
            response = await call_next(request)
            response.headers["X-Stamp"] = "yes"
            return response

    async def hello(request: Request) -> Response:
        return PlainTextResponse((await request.body()).decode())

    app = Starlette(routes=[Route("/", hello, methods=["POST"])], middleware=[Middleware(Stamp)])
    running = await start(nursery, app=app)
    stream = await running.connect()
    for _ in range(2):
        await stream.send_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        head, body = await read_response(stream)
        assert b"x-stamp: yes" in head.lower()
        assert body == b"abc"
