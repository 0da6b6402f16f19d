"""A connection that is over is gone at once, however it ended: nothing of it waits for the garbage collector."""

import ssl
import weakref
from pathlib import Path

import pytest
import trio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Send
from structlog.testing import capture_logs

from gateway.drain import Drain
from gateway.http1 import HttpChannel
from gateway.link import Link
from gateway.transport_settings import TransportSettings
from gateway.upgrade import WebSocketConnection
from tests.fakes.certificate import Certificate, make_certificate
from tests.fakes.collector import no_collections
from tests.gateway.transport_harness import APP, CLOSE, Echo, EchoEndpoint, client_frame, handshake, start, until

GOODBYE = client_frame(CLOSE, b"\x03\xe8")
SAID = {
    "a request": b"GET / HTTP/1.1\r\nHost: test\r\n\r\n",
    "a request for nothing": b"GET /nothing HTTP/1.1\r\nHost: test\r\n\r\n",
    "a request that the application dies of": b"GET /broken HTTP/1.1\r\nHost: test\r\n\r\n",
    "no HTTP": b"XX\r\n\r\n",
    "no body to a hasty application": b"POST /hasty HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "no body": b"POST /length HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a handshake that is refused": handshake("/ws/"),
    "a WebSocket that says goodbye": handshake() + GOODBYE,
    "a WebSocket that is lost": handshake(),
    "a WebSocket that breaks the rules": handshake() + b"\xff\xff",
}
"""What a client sends; it leaves once it has been answered."""


async def broken(_: Request) -> Response:
    raise LookupError("a bug")


async def hasty(_scope: object, receive: Receive, send: Send) -> None:
    """Begins to answer before it has read the body, which is none."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"well", "more_body": True})
    await receive()


class Fragile(EchoEndpoint):
    """A task beside the connection's own fails."""

    def open(self, admission: str, socket: WebSocketConnection) -> Echo:
        socket.spawn(self.fail)
        return super().open(admission, socket)

    async def fail(self) -> None:
        raise LookupError("a bug")


FRAIL = Starlette(routes=[*APP.routes, Route("/broken", broken), Mount("/hasty", hasty)])


class Seen:
    """The streams of all connections, and the channels of HTTP over them, as they come up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.parts: list[weakref.ref[object]] = []
        made = HttpChannel.__init__

        def noted(channel: HttpChannel, link: Link, settings: TransportSettings, drain: Drain) -> None:
            made(channel, link, settings, drain)
            self.parts += [weakref.ref(channel), weakref.ref(link.stream)]

        monkeypatch.setattr(HttpChannel, "__init__", noted)

    @property
    def alive(self) -> list[str]:
        return [type(part).__name__ for ref in self.parts if (part := ref()) is not None]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(Path(tmp_path_factory.mktemp("tls")))


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
async def test_connection_leaves_memory_however_it_ends(
    nursery: trio.Nursery, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, *, said: bytes, encrypted: bool
) -> None:
    seen = Seen(monkeypatch)
    context = None
    if encrypted:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate.chain, certificate.key)
    running = await start(nursery, app=FRAIL, tls=context)
    with no_collections(), trio.fail_after(5):
        plain = await running.connect()
        trust = ssl.create_default_context(cafile=certificate.chain)
        client = trio.SSLStream(plain, trust, server_hostname="localhost") if encrypted else plain
        await client.send_all(said)
        assert (await client.receive_some()).startswith(b"HTTP/1.1 ")
        await trio.aclose_forcefully(client)
        await running.wait_idle()
        running.endpoint.connections.clear()
        running.endpoint.codes.clear()
        assert len(seen.parts) == 2
        await until(lambda: not seen.alive)


async def test_client_that_does_not_speak_tls_leaves_memory(
    nursery: trio.Nursery, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Seen(monkeypatch)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.chain, certificate.key)
    running = await start(nursery, tls=context)
    with no_collections(), trio.fail_after(5):
        client = await running.connect()
        await client.send_all(b"GET / HTTP/1.1\r\n\r\n")
        await client.receive_some()
        await client.aclose()
        await running.wait_idle()
        assert len(seen.parts) == 2
        await until(lambda: not seen.alive)


async def test_connection_whose_other_task_failed_leaves_memory(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen(monkeypatch)
    running = await start(nursery, endpoint=Fragile())
    with capture_logs() as logs, no_collections(), trio.fail_after(5):
        client = await running.open_websocket()
        assert await client.close_code() == 1011
        await client.stream.aclose()
        await running.wait_idle()
        assert len(seen.parts) == 2
        running.endpoint.connections.clear()
        running.endpoint.codes.clear()
        logs.clear()  # with the failure
        await until(lambda: not seen.alive)
