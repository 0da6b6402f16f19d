"""What the transport's tests share: a server on a free port, raw clients, and the frames of a client."""

import base64
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import trio
from attrs import define, field, frozen
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.endpoint import HandshakeRefused
from gateway.frame import text_frame
from gateway.head import RequestHead
from gateway.listener import TransportServer
from gateway.listening_socket import open_listeners
from gateway.transport_settings import TransportSettings
from gateway.upgrade import WebSocketConnection

KEY = base64.b64encode(b"0123456789abcdef").decode()
TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0


@define
class EchoEndpoint:
    """Sends every message back; `/ws/boom` and `/ws/key` fail at their first message; anything but one more segment is not found.

    Attributes:
        codes: How the connections ended that are over.
    """

    peers: list[str] = field(factory=list)
    connections: list[WebSocketConnection] = field(factory=list)
    codes: dict[WebSocketConnection, int] = field(factory=dict)

    def admit(self, head: RequestHead, peer: str) -> str:
        if head.path.count("/") != 2 or ".." in head.path:
            raise HandshakeRefused(404, "there is no such session")
        self.peers.append(peer)
        return head.path

    def open(self, admission: str, socket: WebSocketConnection) -> "Echo":
        self.connections.append(socket)
        socket.stream.flush()
        return Echo(self, admission, socket)


@frozen
class Echo:
    """One connection of an `EchoEndpoint`."""

    endpoint: EchoEndpoint
    path: str
    socket: WebSocketConnection

    def text(self, text: str) -> None:
        if self.path == "/ws/boom":
            raise LookupError(text)
        if self.path == "/ws/key":
            raise KeyError(text)
        self.socket.stream.send_frame(text_frame(text.encode()))
        self.socket.stream.flush()

    def ended(self, code: int, reason: str) -> None:
        self.endpoint.codes[self.socket] = code


async def hello(request: Request) -> Response:
    return PlainTextResponse(f"hello {request.url.path}")


async def length(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


APP = Starlette(routes=[Route("/", hello), Route("/length", length, methods=["POST"])])
"""A small application: `GET /` and `POST /length`."""


@frozen
class Running:
    """A server that runs in the test's nursery."""

    server: TransportServer
    address: tuple[str, int]
    endpoint: EchoEndpoint
    clients: list[trio.SocketStream]

    async def connect(self, receive_buffer_bytes: int | None = None) -> trio.SocketStream:
        """A new connection, closed with the server at the latest; its kernel may be told to keep little for it."""
        stream = await open_connection(self.address, receive_buffer_bytes)
        self.clients.append(stream)
        return stream

    async def exchange(self, request: bytes) -> bytes:
        """Send `request` and read until the server closes."""
        stream = await self.connect()
        async with stream:
            await stream.send_all(request)
            return await read_to_end(stream)

    async def open_websocket(self, path: str = "/ws/1", receive_buffer_bytes: int | None = None) -> "RawWebSocket":
        stream = await self.connect(receive_buffer_bytes)
        await stream.send_all(handshake(path))
        head, rest = await read_head(stream)
        assert head.startswith(b"HTTP/1.1 101 "), head
        return RawWebSocket(stream, bytearray(rest))

    async def connection(self, number: int = 0) -> WebSocketConnection:
        """The endpoint's side of the WebSocket that was opened as the `number`-th."""
        await until(lambda: len(self.endpoint.connections) > number)
        return self.endpoint.connections[number]

    async def wait_idle(self, left: int = 0) -> None:
        """Return once no more than `left` connections are open."""
        await until(lambda: self.server.statistics.open <= left)


async def open_connection(address: tuple[str, int], receive_buffer_bytes: int | None = None) -> trio.SocketStream:
    """A connection to an IPv4 address. A buffer that is to stay small must be so before the connection is made."""
    client = trio.socket.socket()
    if receive_buffer_bytes is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
    try:
        await client.connect(address)
    except BaseException:
        client.close()
        raise
    return trio.SocketStream(client)


async def until(condition: Callable[[], bool]) -> None:
    """Return once `condition` holds; what happens in the kernel gives no sign to wait for. Bound it with `fail_after`."""
    while not condition():  # noqa: ASYNC110
        await trio.sleep(0.005)


async def start(
    nursery: trio.Nursery,
    *,
    app: Callable[..., Awaitable[Any]] = APP,
    endpoint: Any = None,
    tls: ssl.SSLContext | None = None,
    **settings: Any,
) -> Running:
    listeners = open_listeners("127.0.0.1", 0)
    endpoint = endpoint or EchoEndpoint()
    clients: list[trio.SocketStream] = []

    async def run(task_status: trio.TaskStatus[TransportServer]) -> None:
        try:
            server = TransportServer(app, endpoint, TransportSettings(**settings), tls)
            await server.run(listeners, task_status=task_status)
        finally:
            for client in clients:
                client.socket.close()

    address = listeners[0].getsockname()[:2]
    return Running(await nursery.start(run), address, endpoint, clients)


def handshake(path: str = "/ws/1", *extra: str, without: tuple[str, ...] = (), start_line: str = "") -> bytes:
    """A valid handshake, with headers left out, then `extra` ones added."""
    headers = {
        "Host": "test",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "breakout.v1",
    }
    lines = [f"{name}: {value}" for name, value in headers.items() if name not in without]
    return "\r\n".join([start_line or f"GET {path} HTTP/1.1", *lines, *extra, "", ""]).encode("latin-1")


def client_frame(opcode: int, payload: bytes = b"", *, final: bool = True) -> bytes:
    """A masked frame; the mask is zero, so that the payload can be read in a failure."""
    first = (0x80 if final else 0) | opcode
    if len(payload) <= 125:
        head = struct.pack("!BB", first, 0x80 | len(payload))
    elif len(payload) <= 0xFFFF:
        head = struct.pack("!BBH", first, 0x80 | 126, len(payload))
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, len(payload))
    return head + bytes(4) + payload


async def read_head(stream: trio.abc.ReceiveStream) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = await stream.receive_some()
        if not piece:
            break
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


async def read_to_end(stream: trio.abc.ReceiveStream) -> bytes:
    """All that comes; a reset counts as the end."""
    data = bytearray()
    try:
        while piece := await stream.receive_some():
            data += piece
    except trio.BrokenResourceError:
        pass
    return bytes(data)


def reset(stream: trio.SocketStream) -> None:
    """Close with RST instead of FIN."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.socket.close()


@define
class RawWebSocket:
    """A client that takes nothing for granted."""

    stream: trio.SocketStream
    buffer: bytearray

    async def send(self, opcode: int, payload: bytes = b"", *, final: bool = True) -> None:
        await self.stream.send_all(client_frame(opcode, payload, final=final))

    async def receive(self) -> tuple[int, bytes]:
        """The next frame's opcode and payload; (-1, b"") at the end of the stream or after a reset."""
        while (frame := self._parse()) is None:
            try:
                data = await self.stream.receive_some()
            except trio.BrokenResourceError:
                data = b""
            if not data:
                return -1, b""
            self.buffer += data
        return frame

    async def close_code(self) -> int:
        """The code of the Close frame that comes, other frames skipped; 1006 where none does."""
        while (frame := await self.receive())[0] not in {CLOSE, -1}:
            pass
        return int.from_bytes(frame[1][:2], "big") if frame[0] == CLOSE else 1006

    def _parse(self) -> tuple[int, bytes] | None:
        if len(self.buffer) < 2:
            return None
        size, at = self.buffer[1], 2
        if size >= 126:
            at += 2 if size == 126 else 8
            size = int.from_bytes(self.buffer[2:at], "big")
        if len(self.buffer) < at + size:
            return None
        opcode, payload = self.buffer[0] & 0x0F, bytes(self.buffer[at : at + size])
        del self.buffer[: at + size]
        return opcode, payload
