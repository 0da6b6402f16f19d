"""One connection from a terminal to a server. The second and last file that touches trio-websocket.

It opens the TCP connection itself: trio-websocket leaves the socket open where the server refuses or closes first.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import SplitResult, quote, urlsplit

import orjson
import trio
from attrs import frozen
from trio_websocket import (
    ConnectionClosed,
    ConnectionRejected,
    WebSocketConnection,
    wrap_client_stream,
)

from gateway.start_refused import StartRefused

SUBPROTOCOL = "breakout.v1"
CONNECT_SECONDS = 10
CLOSE_SECONDS = 2

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""The state of the largest session is a few megabytes; trio-websocket's own limit is one."""

SCHEMES = {"ws": 80, "http": 80, "wss": 443, "https": 443}
"""With their ports. `http` is taken for `ws`, since that is what the server prints."""


Tcp = trio.SocketStream | trio.SSLStream[trio.SocketStream]


class ConnectionOver(Exception):
    """The server ended the connection, or it was lost. The message says why, in words."""


@frozen
class Target:
    """Where to connect and as whom; the token is never printed."""

    url: str
    session: str
    token: str

    @property
    def resource(self) -> str:
        return f"{urlsplit(self.url).path.rstrip('/')}/ws/{quote(self.session, safe='')}"


class TerminalConnection:
    """Text in both directions."""

    def __init__(self, socket: WebSocketConnection) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        """Raises `ConnectionOver`: it was not sent."""
        try:
            await self._socket.send_message(text)
        except ConnectionClosed as closed:
            raise ConnectionOver(_reason(closed)) from None

    async def receive(self) -> str | bytes:
        """The next message. Raises `ConnectionOver`: there is none."""
        try:
            message: str | bytes = await self._socket.get_message()
        except ConnectionClosed as closed:
            raise ConnectionOver(_reason(closed)) from None
        return message


@asynccontextmanager
async def connected(target: Target) -> AsyncIterator[TerminalConnection]:
    """A connection to `target`, closed in the end.

    Raises:
        StartRefused: There is no server, it does not answer, or it refuses.
    """
    stream, host = await _reached(target)
    try:
        async with trio.open_nursery() as nursery:
            with trio.fail_after(CONNECT_SECONDS):
                socket = await _upgraded(nursery, stream, host, target)
            yield TerminalConnection(socket)
            with trio.move_on_after(CLOSE_SECONDS):
                await socket.aclose()
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        refused = _refusal(group, target)
        if refused is None:
            raise
        raise refused from None
    finally:
        await trio.aclose_forcefully(stream)


async def _reached(target: Target) -> tuple[Tcp, str]:
    """A stream to the server, and what the Host header is to say."""
    parts = _parts(target.url)
    host, port = parts.hostname or "", parts.port or SCHEMES[parts.scheme]
    try:
        with trio.fail_after(CONNECT_SECONDS):
            if SCHEMES[parts.scheme] == 443:
                return await trio.open_ssl_over_tcp_stream(host, port), parts.netloc
            return await trio.open_tcp_stream(host, port), parts.netloc
    except (OSError, ValueError) as error:
        raise StartRefused(f"cannot connect to {target.url}: {error}") from None
    except trio.TooSlowError:
        raise StartRefused(f"{target.url} did not answer within {CONNECT_SECONDS} seconds") from None


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise StartRefused(f"cannot connect to {url}: a URL looks like ws://127.0.0.1:8765 or wss://breakout.example.com")
    return parts


async def _upgraded(nursery: trio.Nursery, stream: Tcp, host: str, target: Target) -> WebSocketConnection:
    return await wrap_client_stream(
        nursery,
        stream,
        host,
        target.resource,
        subprotocols=[SUBPROTOCOL],
        extra_headers=[(b"authorization", b"Bearer " + target.token.encode("ascii"))],
        max_message_size=MAX_MESSAGE_BYTES,
    )


def _refusal(group: BaseExceptionGroup[BaseException], target: Target) -> StartRefused | None:
    """What the failure of a handshake comes to; None for anything else."""
    match group.exceptions:
        case (ConnectionRejected() as rejected,):
            return StartRefused(f"the server refused the connection with {rejected.status_code}: {_why(rejected)}")
        case (ConnectionClosed(),):
            return StartRefused(f"cannot connect to {target.url}: it does not speak WebSocket")
        case (trio.TooSlowError(),):
            return StartRefused(f"{target.url} did not answer within {CONNECT_SECONDS} seconds")
        case _:
            return None


def _why(rejected: ConnectionRejected) -> str:
    """The message of the server's JSON, or whatever came instead of it."""
    body = rejected.body or b""
    try:
        return str(orjson.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode("utf-8", "replace").strip()[:300] or "no reason given"


def _reason(closed: ConnectionClosed) -> str:
    if closed.reason is None:
        return "lost"
    words = f" {closed.reason.reason}" if closed.reason.reason else ""
    return f"{closed.reason.code} {closed.reason.name}{words}"
