"""A WebSocket from its handshake to its end, over real sockets and byte by byte."""

import time
from collections.abc import Callable

import pytest
import trio
import trio.testing
from attrs import define, field
from structlog.testing import capture_logs

from gateway.frame import text_frame
from gateway.head import RequestHead
from gateway.upgrade import WebSocketConnection
from tests.gateway.transport_harness import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    client_frame,
    handshake,
    read_head,
    start,
)


@define
class Recorder:
    """An endpoint that keeps its connection and how it ended."""

    script: Callable[[WebSocketConnection], object] = lambda _: None
    connection: WebSocketConnection | None = None
    ended_with: tuple[int, str] | None = None
    texts: list[str] = field(factory=list)
    over: trio.Event = field(factory=trio.Event)

    def admit(self, head: RequestHead, peer: str) -> str:
        return peer

    def open(self, admission: str, socket: WebSocketConnection) -> "Recorder":
        self.connection = socket
        socket.stream.flush()
        self.script(socket)
        return self

    def text(self, text: str) -> None:
        self.texts.append(text)

    def ended(self, code: int, reason: str) -> None:
        assert self.ended_with is None, "told twice"
        self.ended_with = (code, reason)
        self.over.set()


async def test_upgrade_selects_our_subprotocol_and_nothing_else(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    stream = await running.connect()
    await stream.send_all(
        handshake(
            "/ws/1",
            "Sec-WebSocket-Protocol: bearer.secret, breakout.v1",
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
            without=("Sec-WebSocket-Protocol",),
        )
    )
    with trio.fail_after(5):
        head, rest = await read_head(stream)
    assert head.startswith(b"HTTP/1.1 101 ")
    assert b"Sec-WebSocket-Protocol: breakout.v1\r\n" in head + b"\r\n"
    assert b"secret" not in head
    assert b"extensions" not in head.lower()
    assert rest == b""


async def test_upgrade_is_answered_with_the_accept_token_of_the_standard(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    stream = await running.connect()
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="  # the example of RFC 6455, section 1.3
    await stream.send_all(handshake("/ws/1", key, without=("Sec-WebSocket-Key",)))
    with trio.fail_after(5):
        head, _ = await read_head(stream)
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head


async def test_frames_sent_with_the_handshake_in_one_packet_are_not_lost(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    stream = await running.connect()
    await stream.send_all(handshake() + client_frame(TEXT, b"early"))
    with trio.fail_after(5):
        _, rest = await read_head(stream)
        while len(rest) < 7:
            rest += await stream.receive_some()
    assert rest == text_frame(b"early")


async def test_upgrade_works_on_a_connection_that_carried_a_get(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    stream = await running.connect()
    with trio.fail_after(5):
        await stream.send_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        head, body = await read_head(stream)
        assert head.startswith(b"HTTP/1.1 200 ")
        assert body == b"hello /"
        await stream.send_all(handshake())
        head, _ = await read_head(stream)
    assert head.startswith(b"HTTP/1.1 101 ")


async def test_message_is_received_whole_when_it_comes_in_fragments_with_a_ping_between(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    client = await running.open_websocket()
    with trio.fail_after(5):
        await client.send(TEXT, b"one ", final=False)
        await client.send(PING, b"?")
        await client.send(CONTINUATION, b"", final=False)
        await client.send(CONTINUATION, b"two")
        assert await client.receive() == (PONG, b"?")
        assert await client.receive() == (TEXT, b"one two")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (client_frame(BINARY, b"x"), 1003),
        (client_frame(TEXT, b"\xff\xfe"), 1007),
        (client_frame(TEXT, b"\xed\xa0\x80"), 1007),
        (b"\xc1\x80\0\0\0\0", 1002),
        (b"\x83\x80\0\0\0\0", 1002),
        (b"\x81\x01x", 1002),
        (client_frame(CONTINUATION, b"x"), 1002),
        (client_frame(PING, b"x" * 126), 1002),
        (client_frame(PING, b"x", final=False), 1002),
        (client_frame(CLOSE, b"x"), 1002),
        (client_frame(CLOSE, b"\x03\xed"), 1002),
        (client_frame(TEXT, b"x" * 16385), 1009),
        (client_frame(TEXT, "€".encode() * 5462), 1009),
        (client_frame(TEXT, b"x" * 60_000), 1009),
        (client_frame(TEXT, b'{"event": "breakout.ping"}' + b" " * 16_384), 1009),
    ],
    ids=[
        "binary", "not UTF-8", "surrogate", "RSV bit", "bad opcode", "unmasked", "continuation first", "large ping",
        "fragmented ping", "half a close code", "close 1005", "one byte too many", "too many bytes in few characters",
        "far too large", "too large and else in order",
    ],
)  # fmt: skip
async def test_connection_is_closed_with_its_code_within_2_seconds_when_a_client_breaks_the_rules(
    nursery: trio.Nursery, wrong: bytes, code: int
) -> None:
    running = await start(nursery)
    bystander = await running.open_websocket()
    client = await running.open_websocket()
    with trio.fail_after(2):
        await client.stream.send_all(wrong)
        assert await client.close_code() == code
        assert await client.receive() == (-1, b"")
        await client.stream.aclose()
        await running.wait_idle(left=1)
        await bystander.send(TEXT, b"still here")
        assert await bystander.receive() == (TEXT, b"still here")
    assert running.server.statistics.failed == 0


async def test_message_of_exactly_the_limit_is_accepted(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    client = await running.open_websocket()
    with trio.fail_after(5):
        await client.send(TEXT, "€".encode() * 5461 + b"x")
        assert (await client.receive())[1] == "€".encode() * 5461 + b"x"


async def test_socket_is_closed_within_2_seconds_of_a_1009_even_when_the_client_does_nothing(
    nursery: trio.Nursery,
) -> None:
    endpoint = Recorder()
    running = await start(nursery, endpoint=endpoint)
    client = await running.open_websocket()
    await client.send(TEXT, b"x" * 20_000)
    with trio.fail_after(2):
        await running.wait_idle()
    assert endpoint.ended_with is not None
    assert endpoint.ended_with[0] == 1009


async def test_peer_close_is_answered_and_reported_with_its_code(nursery: trio.Nursery) -> None:
    endpoint = Recorder()
    running = await start(nursery, endpoint=endpoint, linger_seconds=0.05)
    client = await running.open_websocket()
    with trio.fail_after(2):
        await client.send(CLOSE, b"\x03\xe9going")
        assert await client.close_code() == 1001
        assert await client.receive() == (-1, b"")
        await running.wait_idle()
    assert endpoint.ended_with == (1001, "going")


async def test_requested_close_lets_queued_frames_leave_first_and_the_first_code_counts(nursery: trio.Nursery) -> None:
    def script(socket: WebSocketConnection) -> None:
        socket.stream.send_frame(text_frame(b"last words"))
        socket.request_close(4001, "token expired")
        socket.request_close(4002, "too late")
        socket.stream.send_frame(text_frame(b"queued before the Close frame"))

    endpoint = Recorder(script)
    running = await start(nursery, endpoint=endpoint)
    client = await running.open_websocket()
    with trio.fail_after(5):
        assert await client.receive() == (TEXT, b"last words")
        assert await client.receive() == (TEXT, b"queued before the Close frame")
        assert await client.receive() == (CLOSE, b"\x0f\xa1token expired")
        await client.send(CLOSE, b"\x0f\xa1")
        assert await client.receive() == (-1, b"")
    await endpoint.over.wait()
    assert endpoint.ended_with == (4001, "token expired")


async def test_close_is_forced_after_its_time_when_the_peer_does_not_answer(nursery: trio.Nursery) -> None:
    endpoint = Recorder(lambda socket: socket.request_close(1012, "draining"))
    running = await start(nursery, endpoint=endpoint, close_seconds=0.2)
    client = await running.open_websocket()
    with trio.fail_after(2):
        assert await client.close_code() == 1012
        assert await client.receive() == (-1, b"")
        await running.wait_idle()


async def test_ping_that_crosses_our_close_frame_fails_nobody(nursery: trio.Nursery) -> None:
    endpoint = Recorder(lambda socket: socket.request_close(1012, "draining"))
    running = await start(nursery, endpoint=endpoint, linger_seconds=0.05)
    client = await running.open_websocket()
    with trio.fail_after(2):
        assert await client.close_code() == 1012
        await client.send(PING, b"crossing")
        await client.send(CLOSE, b"\x03\xf4")
        await running.wait_idle()
    assert running.server.statistics.failed == 0
    assert endpoint.ended_with == (1012, "draining")


async def test_request_close_does_nothing_once_the_connection_is_over(nursery: trio.Nursery) -> None:
    endpoint = Recorder()
    running = await start(nursery, endpoint=endpoint)
    client = await running.open_websocket()
    await client.stream.aclose()
    with trio.fail_after(2):
        await running.wait_idle()
        assert endpoint.connection is not None
        endpoint.connection.request_close(1000)
        endpoint.connection.stream.send_frame(b"x")
        endpoint.connection.stream.flush()
        endpoint.connection.stream.cut("again")
    assert endpoint.ended_with == (1006, "")


@pytest.mark.parametrize("path", ["/ws/boom", "/ws/key"])
async def test_endpoint_that_fails_ends_its_own_connection_with_1011_and_is_logged_once(
    nursery: trio.Nursery, path: str
) -> None:
    """trio-websocket would take a KeyError for an event that it does not know, and go on."""
    running = await start(nursery)
    bystander = await running.open_websocket()
    with capture_logs() as logs, trio.fail_after(5):
        client = await running.open_websocket(path)
        await client.send(TEXT, b"now")
        assert await client.close_code() == 1011
        await client.stream.aclose()
        await running.wait_idle(left=1)
        await bystander.send(TEXT, b"fine")
        assert await bystander.receive() == (TEXT, b"fine")
    assert running.server.statistics.failed == 1
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["connection_failed"]


async def test_task_of_a_connection_that_fails_ends_it_with_1011_as_well(nursery: trio.Nursery) -> None:
    async def fail() -> None:
        raise LookupError("a bug")

    endpoint = Recorder(script=lambda socket: socket.spawn(fail))
    running = await start(nursery, endpoint=endpoint)
    with capture_logs() as logs, trio.fail_after(5):
        client = await running.open_websocket()
        assert await client.close_code() == 1011
        await client.stream.aclose()
        await running.wait_idle()
    assert endpoint.ended_with == (1011, "internal error")
    assert running.server.statistics.failed == 1
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["connection_failed"]


async def test_silent_peer_is_pinged_and_then_cut(nursery: trio.Nursery) -> None:
    endpoint = Recorder()
    running = await start(nursery, endpoint=endpoint, heartbeat_seconds=0.2)
    client = await running.open_websocket()
    with trio.fail_after(2):
        assert await client.receive() == (PING, b"")
        assert await client.receive() == (-1, b"")
    await endpoint.over.wait()
    assert endpoint.ended_with == (1006, "nothing received since the last ping")


async def test_peer_that_announces_2_to_the_62_bytes_and_sends_none_is_closed_by_the_heartbeat(
    nursery: trio.Nursery,
) -> None:
    endpoint = Recorder()
    running = await start(nursery, endpoint=endpoint, heartbeat_seconds=0.2)
    client = await running.open_websocket()
    with trio.fail_after(2):
        await client.stream.send_all(b"\x81\xff" + (2**62).to_bytes(8, "big") + bytes(4))
        await endpoint.over.wait()
        await running.wait_idle()
    assert endpoint.ended_with == (1006, "nothing received since the last ping")


@pytest.mark.parametrize(
    "flood",
    [client_frame(PING), client_frame(CONTINUATION, final=False), client_frame(CONTINUATION, b"x", final=False)],
    ids=["pings", "empty fragments", "one-byte fragments"],
)
async def test_flood_is_cut_within_half_a_second_of_cpu(nursery: trio.Nursery, flood: bytes) -> None:
    endpoint = Recorder()
    running = await start(nursery, endpoint=endpoint)
    client = await running.open_websocket()
    await client.send(TEXT, b"", final=False)
    spent = time.process_time()
    with trio.fail_after(10):
        nursery.start_soon(_send_until_refused, client.stream, flood * 500)
        assert await client.close_code() in {4029, 1006}
        await running.wait_idle()
    assert time.process_time() - spent < 0.5
    assert endpoint.ended_with is not None
    assert endpoint.ended_with[0] == 4029


async def _send_until_refused(stream: trio.SocketStream, data: bytes) -> None:
    try:
        while True:
            await stream.send_all(data)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return


async def test_response_to_the_handshake_leaves_with_the_first_frame(nursery: trio.Nursery) -> None:
    class Greeter(Recorder):
        def open(self, admission: str, socket: WebSocketConnection) -> "Recorder":
            nursery.start_soon(self.greet, socket)
            return self

        async def greet(self, socket: WebSocketConnection) -> None:
            await trio.testing.wait_all_tasks_blocked()
            socket.stream.send_frame(text_frame(b"state"))
            socket.stream.flush()

    running = await start(nursery, endpoint=Greeter())
    stream = await running.connect()
    await stream.send_all(handshake())
    received = await stream.receive_some()
    assert received.startswith(b"HTTP/1.1 101 ")
    assert received.endswith(text_frame(b"state"))
