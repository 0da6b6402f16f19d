"""HTTP/1.1 over real sockets, byte by byte, with the ASGI application behind it."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import h11
import pytest
import trio
import trio.testing
from structlog.testing import capture_logs
from trio.testing import MockClock

from gateway.drain import Drain
from gateway.http1 import HttpChannel
from gateway.link import Link
from gateway.transport_settings import TransportSettings
from tests.gateway.transport_harness import Running, read_head, read_to_end, start, until

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKS = b"6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n"
OK: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}


async def answer(send: Send, body: bytes) -> None:
    await send({**OK, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


async def read_response(stream: trio.SocketStream) -> tuple[bytes, bytes]:
    """Head and body of a response with a Content-Length."""
    with trio.fail_after(5):
        head, body = await read_head(stream)
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += await stream.receive_some()
    return head, body


async def exchange(running: Running, *pieces: bytes) -> bytes:
    stream = await running.connect()
    with trio.fail_after(5):
        for piece in pieces:
            await stream.send_all(piece)
        return await read_to_end(stream)


# --- the connection


async def test_connection_is_kept_for_the_next_request(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    stream = await running.connect()
    for _ in range(3):
        await stream.send_all(GET)
        head, body = await read_response(stream)
        assert head.startswith(b"HTTP/1.1 200 ")
        assert body == b"hello /"
    assert running.server.statistics.accepted == 1


async def test_pipelined_requests_are_answered_in_order(nursery: trio.Nursery) -> None:
    running = await start(nursery, keep_alive_seconds=0.2)
    post = b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
    reply = await exchange(running, GET + post + GET)
    assert [part.partition(b"\r\n\r\n")[2] for part in reply.split(b"HTTP/1.1 200 ")[1:]] == [
        b"hello /",
        b"4",
        b"hello /",
    ]


async def test_idle_connection_is_closed_after_its_time(nursery: trio.Nursery) -> None:
    running = await start(nursery, keep_alive_seconds=0.1)
    assert (await exchange(running, GET)).endswith(b"hello /")


@pytest.mark.parametrize("pause_seconds", [0.1, 4.9, 6.0])
async def test_head_that_is_not_there_after_5_seconds_is_given_up(autojump_clock: MockClock, pause_seconds: float) -> None:
    """However the bytes are spread, and whether any come at all."""
    client, server = trio.testing.memory_stream_pair()

    async def trickle(task_status: trio.TaskStatus[None]) -> None:
        task_status.started()
        for byte in GET[:-2] + b"Accept: " + b"x" * 100:
            await trio.sleep(pause_seconds)
            await client.send_all(bytes([byte]))

    async with trio.open_nursery() as nursery:
        await nursery.start(trickle)
        began = trio.current_time()
        assert await HttpChannel(Link(server, None, "127.0.0.1", 4711), TransportSettings(), Drain()).next_head() is None
        assert trio.current_time() - began == pytest.approx(5)
        nursery.cancel_scope.cancel()


async def test_head_of_a_later_request_is_given_up_5_seconds_after_its_first_byte(autojump_clock: MockClock) -> None:
    client, server = trio.testing.memory_stream_pair()
    channel = HttpChannel(Link(server, None, "127.0.0.1", 4711), TransportSettings(), Drain())
    await client.send_all(GET)
    assert await channel.next_head() is not None
    await channel.send(h11.Response(status_code=204, headers=[]), h11.EndOfMessage())
    assert channel.start_next()
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def _begin_late() -> None:
            await trio.sleep(20)
            await client.send_all(GET[:10])

        began = trio.current_time()
        assert await channel.next_head() is None
        assert trio.current_time() - began == pytest.approx(25)


async def test_response_has_a_date(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    stream = await running.connect()
    await stream.send_all(GET)
    head, _ = await read_response(stream)
    assert head.lower().count(b"\r\ndate: ") == 1
    assert b" GMT" in head


async def test_head_request_is_answered_without_a_body(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    reply = await exchange(running, b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 200 ")
    assert b"content-length: 7\r\n" in reply.lower()
    assert reply.endswith(b"\r\n\r\n")


async def test_refused_head_request_is_answered_without_a_body(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    reply = await exchange(running, b"HEAD /ws/1 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 426 ")
    assert reply.endswith(b"\r\n\r\n")


async def test_http_1_0_is_answered_and_closed(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    assert (await exchange(running, b"GET / HTTP/1.0\r\n\r\n")).endswith(b"hello /")


async def test_other_upgrades_are_ignored(nursery: trio.Nursery) -> None:
    running = await start(nursery, keep_alive_seconds=0.1)
    request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    assert (await exchange(running, request)).count(b"hello /") == 1
    assert (await exchange(running, request + GET)).count(b"hello /") == 2


async def test_client_that_takes_nothing_of_a_response_is_given_up(nursery: trio.Nursery) -> None:
    async def endless(scope: Message, receive: Receive, send: Send) -> None:
        await send(OK)
        while True:
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})

    running = await start(nursery, app=endless, send_seconds=0.2)
    stream = await running.connect()
    with trio.fail_after(5):
        await stream.send_all(GET)
        await until(lambda: running.server.statistics.open > 0)
        await running.wait_idle()
    assert running.server.statistics.failed == 0


# --- bodies


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /length HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 11\r\n\r\nhello world",
        b"POST /length HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    ],
    ids=["length", "chunked"],
)
async def test_body_reaches_the_application_however_it_is_framed(nursery: trio.Nursery, request_bytes: bytes) -> None:
    running = await start(nursery)
    assert (await exchange(running, request_bytes)).endswith(b"\r\n\r\n11")


async def test_client_that_waits_for_100_continue_gets_it_when_the_body_is_wanted(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    stream = await running.connect()
    await stream.send_all(b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
    with trio.fail_after(5):
        head, _ = await read_head(stream)
        assert head.startswith(b"HTTP/1.1 100 ")
        await stream.send_all(b"body")
        assert (await read_response(stream))[1] == b"4"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", b"413"),
        (b"POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n" + b"x" * 128, b"413"),
        (b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf", b"408"),
        (b"POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
    ],
    ids=["announced", "sent", "slow", "broken"],
)
async def test_body_is_refused_when_it_breaks_a_limit(
    nursery: trio.Nursery, request_bytes: bytes, status: bytes
) -> None:
    running = await start(nursery, max_body_bytes=100, body_seconds=0.2)
    with capture_logs() as logs:
        reply = await exchange(running, request_bytes)
    assert reply.startswith(b"HTTP/1.1 " + status)
    assert reply.count(b"HTTP/1.1") == 1
    assert not [entry for entry in logs if entry["log_level"] == "error"]


async def test_response_reaches_a_client_that_is_still_sending_a_body_too_large(nursery: trio.Nursery) -> None:
    running = await start(nursery, max_body_bytes=100)
    request = b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n"
    assert (await exchange(running, request, b"x" * 500_000)).startswith(b"HTTP/1.1 413 ")


async def test_connection_is_closed_when_the_application_left_a_large_body_unread(nursery: trio.Nursery) -> None:
    async def careless(scope: Message, receive: Receive, send: Send) -> None:
        await answer(send, b"whatever")

    running = await start(nursery, app=careless)
    request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n"
    reply = await exchange(running, request, b"x" * 30_000)
    assert reply.count(b"HTTP/1.1 200 ") == 1
