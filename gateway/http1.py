"""HTTP/1.1 on one connection: request heads, bodies and responses, through h11.

    next_head -> (read_body)* -> (send)* -> start_next -> next_head ...
                                         or finish
    next_head -> trailing, when the connection becomes a WebSocket

Limits are on everything that the peer decides: the head in bytes and in time, the body likewise, the idle time between
two requests, and the time that a response may make no progress.
"""

import re
from email.utils import formatdate
from functools import cached_property
from http import HTTPStatus
from typing import Final

import h11
import orjson
import trio

from gateway.drain import Drain
from gateway.head import RequestHead, RequestRefused
from gateway.link import Link
from gateway.transport_settings import TransportSettings
from gateway.usual_head import usual_head

_READ_BYTES: Final = 16 * 1024
_MAX_DISCARDED_BYTES: Final = 1024 * 1024
_NOT_A_REQUEST_LINE: Final = re.compile(rb"[^\r\n]*[^\x20-\x7e\r\n]")


class HttpChannel:
    """One connection as a series of requests and responses."""

    def __init__(self, link: Link, settings: TransportSettings, drain: Drain) -> None:
        self._stream = link.stream
        self._socket = link.plain_socket
        self._settings = settings
        self._drain = drain
        self._behind_usual: bytes | None = None
        self._method = ""
        self._first = True
        self._body_bytes = 0
        self._has_body = False
        self._body_deadline = 0.0

    @cached_property
    def _http(self) -> h11.Connection:
        return h11.Connection(h11.SERVER, max_incomplete_event_size=self._settings.max_head_bytes)

    @property
    def trailing(self) -> bytes:
        """What arrived behind the last head."""
        return self._http.trailing_data[0] if self._behind_usual is None else self._behind_usual

    @property
    def draining(self) -> bool:
        """This response is to be the connection's last one."""
        unread = self._has_body and self._http.their_state is h11.SEND_BODY  # which may still be on its way, and is not waited for
        return unread or self._drain.begun or not self._settings.keep_alive

    async def next_head(self) -> RequestHead | None:
        """The next request, or None when none comes: the peer left, was idle for too long, or took too long.

        Raises:
            RequestRefused: 431 or 400; the connection must be finished after the response.
        """
        first, self._first = self._first, False
        if first and (data := self._what_is_there()):
            head = self._usual_head(data) or self._parse_head()
            if not isinstance(head, type):
                return head
        first_wait = self._settings.head_seconds if first else self._settings.keep_alive_seconds
        with trio.move_on_after(first_wait) as patience:
            if not self.trailing and not await self._begun(patience):
                return None
            if not first:
                patience.deadline = trio.current_time() + self._settings.head_seconds
            return await self._read_head()
        return None

    def _what_is_there(self) -> bytes:
        """The first bytes, where they are here already, as in a storm of newcomers: a head that is whole needs no patience."""
        if self._socket is None or self._drain.begun:
            return b""
        try:
            return self._socket.recv(_READ_BYTES)
        except OSError:
            return b""

    def _usual_head(self, data: bytes) -> RequestHead | None:
        """A handshake's, which needs h11 only if it is refused; else h11 has `data`."""
        usual = usual_head(data, self._settings.max_head_bytes)
        if usual is None:
            self._http.receive_data(data)
            return None
        head, self._behind_usual = usual
        self._method = head.method
        return head

    async def _begun(self, patience: trio.CancelScope) -> bool:
        """Wait for the first bytes of a head; False when the peer leaves instead. A drain ends the wait."""
        self._drain.wait_idle(patience)
        try:
            return await self._receive()
        finally:
            self._drain.over(patience)

    async def _read_head(self) -> RequestHead | None:
        while isinstance(head := self._parse_head(), type):
            await self._receive()
        return head

    def _parse_head(self) -> RequestHead | None | type[h11.NEED_DATA]:
        """The next request, None when none comes any more, or that more bytes are needed."""
        before = len(self.trailing)
        event = self._next_event()
        if isinstance(event, h11.Request):
            if before - len(self.trailing) > self._settings.max_head_bytes:
                raise RequestRefused(431, "the request's head is too large")
            return self._checked(event)
        if event is not h11.NEED_DATA:
            return None
        if _NOT_A_REQUEST_LINE.match(self.trailing):
            raise RequestRefused(400, "this is not HTTP")
        return h11.NEED_DATA

    def _checked(self, request: h11.Request) -> RequestHead:
        self._method = request.method.decode("ascii")
        self._body_bytes, self._body_deadline = 0, 0.0
        head = RequestHead(
            self._method,
            request.target,
            request.http_version.decode("ascii"),
            request.headers,
        )
        lengths = head.values(b"content-length")
        self._has_body = bool(head.values(b"transfer-encoding")) or any(map(int, lengths))
        if lengths and head.values(b"transfer-encoding"):
            raise RequestRefused(400, "a body has one length")
        if lengths and int(lengths[0]) > self._settings.max_body_bytes:
            raise RequestRefused(413, "the body is too large")
        return head

    async def read_body(self) -> bytes | None:
        """The next piece of the body, or None at its end.

        Raises:
            RequestRefused: 413, 408 or 400.
            trio.BrokenResourceError: The peer left in the middle.
        """
        if not self._body_deadline:
            self._body_deadline = trio.current_time() + self._settings.body_seconds
        with trio.move_on_at(self._body_deadline):
            return await self._read_body()
        raise RequestRefused(408, "the body took too long")

    async def _read_body(self) -> bytes | None:
        while True:
            if self._http.they_are_waiting_for_100_continue:
                await self.send(h11.InformationalResponse(status_code=100, headers=[]))
            event = self._next_event()
            if isinstance(event, h11.Data):
                self._body_bytes += len(event.data)
                if self._body_bytes > self._settings.max_body_bytes:
                    raise RequestRefused(413, "the body is too large")
                return bytes(event.data)
            if event is not h11.NEED_DATA:
                return None
            if not await self._receive():
                raise trio.BrokenResourceError("the peer left in the middle of a body")

    async def wait_left(self) -> None:
        """Return when the peer has left. Once it has sent more, as a pipelined request, only a failed send can tell."""
        while await self._receive():
            if len(self.trailing) >= _READ_BYTES:
                await trio.sleep_forever()

    async def send(self, *events: h11.Event) -> None:
        """Send `events` in one write.

        Raises:
            trio.BrokenResourceError: The peer left, or took nothing for `send_seconds`.
        """
        data = b"".join(self._http.send(event) or b"" for event in events)
        with trio.move_on_after(self._settings.send_seconds) as patience:
            await self._stream.send_all(data)
        if patience.cancelled_caught:
            await trio.aclose_forcefully(self._stream)
            raise trio.BrokenResourceError("the peer takes nothing")

    async def refuse(self, refusal: RequestRefused) -> None:
        """Answer with an error and finish the connection; where a response was begun already, only finish it.

        Raises:
            trio.BrokenResourceError: The peer left.
        """
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            await self.send(*self._error(refusal))
        await self.finish()

    def _error(self, refusal: RequestRefused) -> list[h11.Event]:
        code = HTTPStatus(refusal.status).name.lower()
        body = orjson.dumps({"error": {"code": code, "message": refusal.message}})
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Date", formatdate(usegmt=True)),
            *refusal.headers.items(),
            ("Connection", "Upgrade, close" if "Upgrade" in refusal.headers else "close"),
        ]
        data = [] if self._method == "HEAD" else [h11.Data(data=body)]
        return [h11.Response(status_code=refusal.status, headers=headers), *data, h11.EndOfMessage()]

    def start_next(self) -> bool:
        """Make ready for another request; False when the connection must be finished instead."""
        while self._http.their_state is h11.SEND_BODY:
            if self._next_event() is h11.NEED_DATA:
                return False
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE or self.draining:
            return False
        self._http.start_next_cycle()
        return True

    async def finish(self) -> None:
        """Shut our side and discard what still arrives, for `linger_seconds` at most, so that no reset overtakes the
        response. The owner closes the stream.
        """
        with trio.move_on_after(self._settings.linger_seconds):
            if isinstance(self._stream, trio.abc.HalfCloseableStream):
                await self._stream.send_eof()
            discarded = 0
            while discarded < _MAX_DISCARDED_BYTES:
                data = await self._stream.receive_some(_READ_BYTES)
                if not data:
                    return
                discarded += len(data)

    def _next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        try:
            return self._http.next_event()
        except h11.RemoteProtocolError as error:
            error.__traceback__ = None  # h11 has it lead back to the error; apart, they leave memory at once
            line_unfinished = b"\n" not in self.trailing
            status = 400 if line_unfinished else error.error_status_hint
            raise RequestRefused(status, f"this is not HTTP: {error}") from None

    async def _receive(self) -> bool:
        data = await self._stream.receive_some(_READ_BYTES)
        self._http.receive_data(bytes(data))
        return bool(data)
