"""The port: what is refused and how fast, what is bounded, and that no connection is felt by another."""

import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
import trio
from structlog.testing import capture_logs

from gateway import listener as listener_module
from gateway.listening_socket import open_listeners
from tests.gateway.transport_harness import (
    KEY,
    TEXT,
    client_frame,
    handshake,
    read_head,
    read_to_end,
    reset,
    start,
    until,
)

POST = handshake(start_line="POST /ws/1 HTTP/1.1")


async def status_of(reply: bytes) -> int:
    assert reply.startswith(b"HTTP/1.1 "), reply
    return int(reply.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (handshake("/ws/1", "Host: caf\xff", without=("Host",)), 400),
        (handshake("/ws/1", "Connection: Upgrade\xff", without=("Connection",)), 400),
        (handshake("/ws/1", "Sec-WebSocket-Protocol: \xff"), 400),
        (handshake("/ws/1", "Sec-WebSocket-Key: " + "\xff" * 24, without=("Sec-WebSocket-Key",)), 400),
        (handshake("/ws/1", "Sec-WebSocket-Version: 13\xff", without=("Sec-WebSocket-Version",)), 400),
        (handshake("/ws/1", "Sec-WebSocket-Extensions: \x80"), 400),
        (POST, 400),
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET\xff / HTTP/1.1\r\n", 400),
        (b"\r\n\r\n\r\n\r\n", 400),
        (handshake("/ws/1", "Host: other"), 400),
        (handshake("/ws/1", without=("Host",)), 400),
        (handshake("/ws/1", without=("Sec-WebSocket-Key",)), 400),
        (handshake("/ws/1", "Sec-WebSocket-Key: QQ==", without=("Sec-WebSocket-Key",)), 400),
        (handshake("/ws/1", f"Sec-WebSocket-Key: {KEY}"), 400),
        (handshake(start_line="GET /ws/1 HTTP/1.0"), 400),
        (handshake("/ws/1", "Content-Length: 0"), 400),
        (handshake("/ws/1", "Content-Length: 5"), 400),
        (handshake("/ws/1", "Transfer-Encoding: chunked"), 400),
        (handshake("/ws/1", "Sec-WebSocket-Version: 8", without=("Sec-WebSocket-Version",)), 426),
        (handshake("/ws/1", without=("Upgrade",)), 426),
        (b"GET /ws/1 HTTP/1.1\r\nHost: x\r\n\r\n", 426),
        (handshake("/ws/1", "X-Large: " + "x" * 8192), 431),
        (handshake("/ws/1", "Authorization: Bearer " + "x" * 100_000), 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * 9000, 431),
        (b"GET /" + b"x" * 65536 + b" HTTP/1.1\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nna me: x\r\n\r\n", 400),
        (handshake("/ws/../x"), 404),
        (handshake("/ws/%2e%2e/x"), 404),
        (handshake("/ws/%00"), 400),
        (handshake("/ws/a/b"), 404),
        (handshake("/elsewhere"), 404),
        (b"GET /" + b"%ff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ],
    ids=lambda value: ascii(value)[:80] + "..." if isinstance(value, bytes) else str(value),
)
async def test_bad_request_gets_its_status_and_is_closed_within_a_second_while_others_are_untouched(
    nursery: trio.Nursery, request_bytes: bytes, status: int
) -> None:
    running = await start(nursery, keep_alive_seconds=0.2)
    bystander = await running.open_websocket()
    with trio.fail_after(1):
        assert await status_of(await running.exchange(request_bytes)) == status
        await running.wait_idle(left=1)
        await bystander.send(TEXT, b"fine")
        assert await bystander.receive() == (TEXT, b"fine")
    assert running.server.statistics.failed == 0
    rejected = {code: count for code, count in running.server.statistics.rejected.items() if count}
    assert rejected == ({} if b"/elsewhere" in request_bytes else {status: 1})  # that one is the application's answer


async def test_bad_request_is_logged_without_what_it_said(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    with capture_logs() as logs, trio.fail_after(5):
        await running.exchange(b"secret\xff\r\n\r\n")
        await running.exchange(handshake("/ws/secret", "Sec-WebSocket-Extensions: secret\x80"))
    rejected = [entry for entry in logs if entry["event"] == "request_rejected"]
    assert [(entry["status"], entry["log_level"]) for entry in rejected] == [(400, "debug")] * 2
    assert "secret" not in str(logs)


@pytest.mark.parametrize("sent", [b"", b"GET /ws/1 HT", handshake()[:-2], b"x" * 100])
async def test_connection_is_closed_when_its_head_takes_too_long(nursery: trio.Nursery, sent: bytes) -> None:
    running = await start(nursery, head_seconds=0.2)
    with trio.fail_after(1):
        assert await running.exchange(sent) == b""


async def test_head_that_trickles_in_is_given_up_at_its_time(nursery: trio.Nursery) -> None:
    running = await start(nursery, head_seconds=0.3)
    stream = await running.connect()
    began = trio.current_time()
    with trio.fail_after(2):
        nursery.start_soon(_trickle, stream, handshake())
        assert await read_to_end(stream) == b""
    assert trio.current_time() - began < 1.0


async def _trickle(stream: trio.SocketStream, data: bytes) -> None:
    try:
        for byte in data:
            await stream.send_all(bytes([byte]))
            await trio.sleep(0.05)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return


async def test_token_in_the_url_is_never_logged(nursery: trio.Nursery) -> None:
    async def broken(scope: object, receive: object, send: object) -> None:
        raise LookupError("boom")

    running = await start(nursery, app=broken)
    with capture_logs() as logs, trio.fail_after(5):
        await running.exchange(b"GET /x?token=secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await running.exchange(handshake("/ws/a/b?token=secret"))
    assert logs
    assert "secret" not in str(logs)


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def leave(stream: trio.SocketStream) -> None:
    stream.socket.close()


@pytest.mark.parametrize("go", [reset, leave])
async def test_1500_connects_that_leave_at_once_hold_at_most_50_descriptors_a_second_later(
    nursery: trio.Nursery, go: Callable[[trio.SocketStream], None]
) -> None:
    running = await start(nursery)
    before = open_descriptors()
    with trio.fail_after(20):
        for _ in range(1500):
            go(await running.connect())
    with trio.fail_after(1):
        await until(lambda: open_descriptors() <= before + 50)
    assert running.server.statistics.failed == 0


async def test_half_open_websockets_that_leave_hold_no_descriptors(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    with trio.fail_after(10):
        for _ in range(100):
            stream = await running.connect()
            await stream.send_all(handshake())
            reset(stream)
        await running.wait_idle()
    assert running.server.statistics.failed == 0


async def test_connection_beyond_the_servers_limit_gets_503_and_the_place_is_free_again_later(
    nursery: trio.Nursery,
) -> None:
    running = await start(nursery, max_connections=2, retry_after_seconds=7)
    first, second = await running.open_websocket(), await running.open_websocket()
    with trio.fail_after(5):
        reply = await running.exchange(handshake())
        assert await status_of(reply) == 503
        assert b"Retry-After: 7\r\n" in reply
        await first.stream.aclose()
        await running.wait_idle(left=1)
        await running.open_websocket()
        await second.send(TEXT, b"fine")
        assert await second.receive() == (TEXT, b"fine")
    assert running.server.statistics.refused == 1


async def test_connection_beyond_its_addresss_limit_gets_503(nursery: trio.Nursery) -> None:
    running = await start(nursery, max_connections_per_address=1, retry_after_seconds=7)
    await running.open_websocket()
    with trio.fail_after(5):
        reply = await running.exchange(handshake())
        assert await status_of(reply) == 503
        assert b"Retry-After: 7\r\n" in reply
    assert running.server.statistics.refused == 1


async def test_clients_behind_a_trusted_proxy_are_counted_one_by_one(nursery: trio.Nursery) -> None:
    running = await start(nursery, max_connections_per_address=1, trusted_proxies=("127.0.0.0/8",))
    statuses = []
    streams = []
    with trio.fail_after(5):
        for forwarded in ("9.9.9.9, 1.1.1.1", "2.2.2.2", "8.8.8.8, 1.1.1.1"):
            stream = await running.connect()
            streams.append(stream)
            await stream.send_all(handshake("/ws/1", f"X-Forwarded-For: {forwarded}"))
            statuses.append(await status_of((await read_head(stream))[0]))
    assert statuses == [101, 101, 503]
    assert running.endpoint.peers == ["1.1.1.1", "2.2.2.2"]


async def test_forged_address_is_not_believed_without_a_trusted_proxy(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    stream = await running.connect()
    await stream.send_all(handshake("/ws/1", "X-Forwarded-For: 6.6.6.6"))
    with trio.fail_after(5):
        await read_head(stream)
    assert running.endpoint.peers == ["127.0.0.1"]


class ScarceSocket(socket.socket):
    """A listening socket whose first accepts find no descriptor left."""

    failures = [errno.EMFILE, errno.ENFILE, errno.ECONNABORTED]  # noqa: RUF012

    def accept(self) -> tuple[socket.socket, object]:
        if self.failures:
            code = self.failures.pop(0)
            raise OSError(code, os.strerror(code))
        return super().accept()


async def test_accepting_pauses_and_goes_on_when_descriptors_run_out(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = socket.socket
    monkeypatch.setattr(socket, "socket", ScarceSocket)
    running = await start(nursery, accept_pause_seconds=0.01)
    monkeypatch.setattr(socket, "socket", plain)
    with capture_logs() as logs, trio.fail_after(5):
        client = await running.open_websocket()
        await client.send(TEXT, b"made it")
        assert await client.receive() == (TEXT, b"made it")
    assert running.server.statistics.accept_pauses == 2
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["accept_paused"] * 2


async def test_exception_in_one_connection_gets_400_is_counted_and_logged_and_felt_by_nobody_else(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await start(nursery)
    bystander = await running.open_websocket()
    with monkeypatch.context() as patch, capture_logs() as logs, trio.fail_after(5):
        patch.setattr(listener_module, "client_address", _explode)
        assert await status_of(await running.exchange(handshake())) == 400
        await running.wait_idle(left=1)
    assert running.server.statistics.failed == 1
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["connection_failed"]
    with trio.fail_after(5):
        await bystander.send(TEXT, b"fine")
        assert await bystander.receive() == (TEXT, b"fine")


async def test_exception_while_a_connection_is_turned_away_is_counted_and_logged_and_felt_by_nobody_else(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await start(nursery, max_connections=1)
    bystander = await running.open_websocket()
    with monkeypatch.context() as patch, capture_logs() as logs, trio.fail_after(5):
        patch.setattr(listener_module, "HttpChannel", _explode)
        assert await running.exchange(handshake()) == b""
    assert running.server.statistics.failed == 1
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["connection_failed"]
    with trio.fail_after(5):
        assert await status_of(await running.exchange(handshake())) == 503
        await bystander.send(TEXT, b"fine")
        assert await bystander.receive() == (TEXT, b"fine")


def _explode(*_: object) -> str:
    raise ExceptionGroup("several", [UnicodeDecodeError("ascii", b"\xff", 0, 1, "boom"), LookupError("more")])


async def test_drain_closes_idle_connections_and_lets_a_request_finish(nursery: trio.Nursery) -> None:
    entered, release = trio.Event(), trio.Event()

    async def slow(scope: object, receive: object, send: Callable[..., object]) -> None:
        entered.set()
        await release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[misc]
        await send({"type": "http.response.body", "body": b"done"})  # type: ignore[misc]

    running = await start(nursery, app=slow)
    idle, busy = await running.connect(), await running.connect()
    websocket = await running.open_websocket()
    with trio.fail_after(5):
        await busy.send_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await entered.wait()
        running.server.stop_accepting()
        assert await read_to_end(idle) == b""
        with pytest.raises(OSError, match="onnect"):
            await running.connect()
        release.set()
        reply = await read_to_end(busy)
        assert b"Connection: close\r\n" in reply
        assert reply.endswith(b"done\r\n0\r\n\r\n")
        await websocket.send(TEXT, b"left to the endpoint")
        assert await websocket.receive() == (TEXT, b"left to the endpoint")


async def test_run_returns_after_a_drain_once_the_last_websocket_is_closed() -> None:
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            running = await start(nursery)
            await running.open_websocket()
            running.server.stop_accepting()
            connection = await running.connection()
            connection.request_close(1012, "draining")
            connection.stream.cut("the client of this test does not answer")
    assert running.server.statistics.open == 0


async def test_cancelling_the_server_closes_every_socket() -> None:
    before = open_descriptors()
    async with trio.open_nursery() as nursery:
        running = await start(nursery)
        clients = [await running.open_websocket() for _ in range(3)]
        nursery.cancel_scope.cancel()
    for client in clients:
        await client.stream.aclose()
    assert open_descriptors() == before


async def test_accepted_socket_sends_small_frames_at_once(nursery: trio.Nursery) -> None:
    running = await start(nursery)
    await running.open_websocket()
    plain = (await running.connection()).stream._socket
    assert plain is not None
    assert plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_every_address_of_a_host_is_listened_on_at_one_port() -> None:
    listeners = open_listeners("localhost", 0)
    try:
        assert len({entry.getsockname()[1] for entry in listeners}) == 1
        assert len(listeners) == len({info[4][0] for info in socket.getaddrinfo("localhost", 0)})
    finally:
        for entry in listeners:
            entry.close()


def test_nothing_stays_open_when_a_port_is_taken() -> None:
    (taken,) = open_listeners("127.0.0.1", 0)
    before = open_descriptors()
    with pytest.raises(OSError, match="in use"):
        open_listeners("127.0.0.1", taken.getsockname()[1])
    assert open_descriptors() == before
    taken.close()


def mutated(data: bytes, random: Random) -> bytes:
    """`data` with a few bytes changed, removed, inserted or repeated, or cut short."""
    for _ in range(random.choice([0, 1, 2, 5])):
        at, size = random.randrange(len(data) + 1), random.randrange(1, 30)
        data = random.choice(
            [
                data[:at] + random.randbytes(1) + data[at + 1 :],
                data[:at] + data[at + size :],
                data[:at] + random.randbytes(size) + data[at:],
                data[:at] + data[:size] + data[at:],
                data[:at],
            ]
        )
    return data


async def test_no_mutated_session_ends_anything_but_itself(nursery: trio.Nursery) -> None:
    running = await start(nursery, head_seconds=0.2, keep_alive_seconds=0.2, body_seconds=0.2, linger_seconds=0.05)
    bystander = await running.open_websocket()
    random = Random(20_260_101)
    get = b"POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    frames = [client_frame(random.randrange(16), random.randbytes(random.choice([0, 3, 126]))) for _ in range(20)]
    before = open_descriptors()
    with trio.fail_after(30):
        for _ in range(400):
            stream = await running.connect()
            with suppress(trio.BrokenResourceError):
                await stream.send_all(mutated(random.choice([get, handshake()]), random))
                await stream.send_all(mutated(b"".join(random.sample(frames, 3)), random))
            random.choice([reset, leave])(stream)
        await running.wait_idle(left=1)
        await bystander.send(TEXT, b"fine")
        assert await bystander.receive() == (TEXT, b"fine")
    assert running.server.statistics.failed == 0
    assert open_descriptors() <= before
