"""From an HTTP request to a WebSocket and to its end.

A connection ends exactly once, through `WebSocketConnection._close`, whoever asked for it: the peer's Close frame, the
endpoint, the heartbeat, the byte budget, a full outbox, or the reader's end. trio-websocket alone would not do: after a
1009 it keeps the socket, and without an answer to its Close frame it waits for a minute.
"""

from collections.abc import Awaitable, Callable
from typing import Generic

import structlog
import trio
import wsproto.utilities
from attrs import frozen

from breakout.contract.close_code import CloseCode
from gateway.endpoint import AdmissionT, Receiver, WebSocketEndpoint
from gateway.frame import close_frame
from gateway.handshake import check_handshake, selected_subprotocol, switching_protocols
from gateway.head import RequestHead
from gateway.heartbeat import Heartbeat
from gateway.library_connection import ServerConnection
from gateway.link import Link
from gateway.message_sink import MessageSink
from gateway.stream import ConnectionStream, Spawn
from gateway.transport_settings import TransportSettings

log = structlog.get_logger(__name__)

_NEVER_SENT = frozenset({1005, 1006})
_PEERS_FAULT = frozenset(
    {
        CloseCode.PROTOCOL_ERROR, CloseCode.BINARY, CloseCode.NOT_UTF8, CloseCode.POLICY, CloseCode.TOO_LARGE,
        CloseCode.FLOODING,
    }
)  # fmt: skip
"""Codes that fail the connection (RFC 6455, section 7.1.7): no answer to the Close frame is waited for."""


class WebSocketConnection:
    """One open WebSocket, as its endpoint sees it.

    Attributes:
        stream: Takes ready frames; see `ConnectionStream.send_frame`.
        client: The client's address as far as it can be believed.
    """

    __slots__ = (
        "_asked",
        "_closed",
        "_failure",
        "_handshake",
        "_library",
        "_reader_over",
        "_receiver",
        "_settings",
        "client",
        "stream",
    )

    def __init__(self, stream: ConnectionStream, settings: TransportSettings, client: str) -> None:
        self.stream = stream
        self.client = client
        self._settings = settings
        self._receiver: Receiver | None = None
        self._asked: tuple[int, str] | None = None
        self._handshake: trio.CancelScope | None = None
        self._reader_over = False
        self._failure: Exception | None = None
        self._closed: trio.Event | None = None
        self._library = ServerConnection(
            stream,
            MessageSink(self._take, self._no_more_messages),
            max_message_size=settings.max_message_bytes,
            receive_buffer_size=settings.receive_chunk_bytes,
        )
        stream.owner = self

    async def serve(self, endpoint: WebSocketEndpoint[AdmissionT], admission: AdmissionT) -> None:
        """Open `endpoint` and give its receiver what arrives, until the socket is closed.

        A binary message ends the connection with 1003, one of more than `max_message_bytes` in UTF-8 with 1009, and whatever
        the endpoint raises with 1011 before it passes.
        """
        try:
            await self._read(endpoint, admission)
        finally:
            self._tell_ended()

    def request_close(self, code: int, reason: str = "") -> None:
        """Begin to end the connection, from anywhere and without waiting. At most once: the first code counts.

        What was queued before leaves before the Close frame. The socket is closed after `close_seconds`, twice at the worst.
        """
        if self._asked is not None:
            return
        self._asked = code, reason
        if not self.stream.closed:
            self.stream.spawn(self._close, code, reason)

    @property
    def closing(self) -> bool:
        """A close was requested or has happened: nothing that arrives counts any more."""
        return self._asked is not None

    def spawn(self, work: Callable[[], Awaitable[None]]) -> None:
        """Start a task that ends when `closing`; what it raises fails the connection, as in `Receiver.text`."""
        self.stream.spawn(self._guard, work)

    def close_frame_queued(self) -> None:
        """A Close frame is on its way, ours or the answer to the peer's."""
        self.request_close(*self._ending())

    def slow_consumer(self) -> None:
        """The peer takes less than it is sent; what waited is lost."""
        self.request_close(CloseCode.SLOW_CONSUMER, "slow consumer")

    async def _read(self, endpoint: WebSocketEndpoint[AdmissionT], admission: AdmissionT) -> None:
        """Open the endpoint, then have trio-websocket read and answer until the connection ends."""
        try:
            self._receiver = endpoint.open(admission, self)
            if self._receiver is None:
                self.request_close(CloseCode.NORMAL)
            await self._library.read()
        except wsproto.utilities.ProtocolError:
            log.debug("websocket_reader_ended", exc_info=True)
        except Exception:
            self.request_close(CloseCode.INTERNAL, "internal error")
            await self._reader_ended()
            raise
        await self._reader_ended()
        if self._failure is not None:
            try:
                raise self._failure
            finally:
                self._failure = None  # it leads back here; apart, they leave memory at once

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - raised by `_read`, once the Close frame has left
            self._failure = error
            self.request_close(CloseCode.INTERNAL, "internal error")

    async def _reader_ended(self) -> None:
        """Nothing reads any more, so no answer to a Close frame will be seen. Returns when the socket is closed."""
        self._reader_over = True
        self.request_close(*self._ending())
        if self._handshake is not None:
            self._handshake.cancel()
        while not self.stream.closed:
            self._closed = trio.Event()
            await self._closed.wait()

    def _take(self, message: str | bytes) -> None:
        """A message, from trio-websocket."""
        if self._asked is not None:
            return
        if isinstance(message, bytes):
            self.request_close(CloseCode.BINARY, "binary messages are not accepted")
        elif self._too_large(message):
            self.request_close(CloseCode.TOO_LARGE, f"a message has at most {self._settings.max_message_bytes} bytes")
        elif self._receiver is not None:
            self._receiver.text(message)

    def _no_more_messages(self) -> None:
        self.request_close(*self._ending())

    def _tell_ended(self) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.ended(*(self._asked or (CloseCode.RECONNECT, "the server has stopped")))

    def _ending(self) -> tuple[int, str]:
        if self._asked is not None:
            return self._asked
        if self.stream.failure is not None:
            return self.stream.failure
        closed = self._library.closed
        return (closed.code, closed.reason or "") if closed else (1006, "connection lost")

    def _too_large(self, message: str) -> bool:
        """trio-websocket counts characters; the limit is in bytes, of which a character has up to four."""
        limit = self._settings.max_message_bytes
        return len(message) * 4 > limit and len(message.encode()) > limit

    async def _close(self, code: int, reason: str) -> None:
        try:
            self._tell_ended()
            if code in _PEERS_FAULT or self._reader_over or await self._shake_hands(code, reason):
                if code not in _NEVER_SENT:
                    self.stream.send_close(close_frame(code, reason))
                await self.stream.finish()
        finally:
            if self._closed is not None:
                self._closed.set()
            await self.stream.close_forcefully()

    async def _shake_hands(self, code: int, reason: str) -> bool:
        """Exchange Close frames, where that was not done yet; False when the peer did not answer in time."""
        with trio.move_on_after(self._settings.close_seconds) as self._handshake:
            await self._library.aclose(code, reason)
        return self._reader_over or not self._handshake.cancelled_caught


@frozen
class Admitted(Generic[AdmissionT]):
    """A handshake that the endpoint wants, `client` being the address it was judged by; `response` accepts it."""

    admission: AdmissionT
    response: bytes
    client: str


@frozen
class WebSocketUpgrade(Generic[AdmissionT]):
    """Serves the WebSockets of one server."""

    endpoint: WebSocketEndpoint[AdmissionT]
    heartbeat: Heartbeat
    settings: TransportSettings

    def admit(self, head: RequestHead, client: str) -> Admitted[AdmissionT]:
        """Check the handshake and ask the endpoint.

        Raises:
            RequestRefused: With the response that the client is to see.
        """
        check_handshake(head)
        subprotocol = selected_subprotocol(head)
        return Admitted(self.endpoint.admit(head, client), switching_protocols(head, subprotocol), client)

    async def serve(self, link: Link, admitted: Admitted[AdmissionT], trailing: bytes, spawn: Spawn) -> None:
        """Accept the upgrade and serve the endpoint until the connection is closed.

        `trailing` is what arrived behind the head. The socket is closed when this returns, however it does. What the
        endpoint raises passes, after a close with 1011.
        """
        stream = ConnectionStream(link.stream, link.plain_socket, self.settings, spawn)
        stream.replay(trailing)
        try:
            stream.send_frame(admitted.response)
            self.heartbeat.watch(stream)
            await WebSocketConnection(stream, self.settings, admitted.client).serve(self.endpoint, admitted.admission)
        finally:
            self.heartbeat.forget(stream)
            await stream.close_forcefully()
            stream.owner = None  # the two refer to each other; apart, they leave memory at once
