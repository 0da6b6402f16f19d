"""One request through an ASGI application (spec 3.0, HTTP only; no lifespan: the server has its own start and end)."""

from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import Any

import h11
import structlog
import trio

from gateway.head import RequestHead, RequestRefused
from gateway.http1 import HttpChannel

log = structlog.get_logger(__name__)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Address = tuple[str, int]


async def run_app(app: ASGIApp, channel: HttpChannel, head: RequestHead, client: Address, server: Address) -> None:
    """Have `app` answer the request `head`. What it raises is logged and, where no response was begun, answered with 500.

    Raises:
        RequestRefused: The response that the peer is to see instead of the application's.
        trio.BrokenResourceError: The peer left, or the response stopped half way: the connection is of no more use.
    """
    exchange = _Exchange(channel, head.method)
    try:
        await app(_scope(head, client, server), exchange.receive, exchange.send)
        exchange.check_answered()
    except* Exception:
        if not exchange.left and exchange.refusal is None:
            log.exception("http_application_failed", method=head.method, path=head.path)
    exchange.check_complete()


def _scope(head: RequestHead, client: Address, server: Address) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},  # from 2.4 on a send to a peer that left raises OSError
        "http_version": head.http_version,
        "method": head.method.upper(),
        "scheme": "http",
        "path": head.path,
        "raw_path": head.raw_path,
        "query_string": head.query,
        "root_path": "",
        "headers": list(head.headers),
        "client": client,
        "server": server,
        "state": {},
    }


class _Exchange:
    """What the application is handed to receive the request with and to send the response with."""

    def __init__(self, channel: HttpChannel, method: str) -> None:
        self.left = False
        self.refusal: RequestRefused | None = None
        self._channel = channel
        self._bodiless = method == "HEAD"
        self._body_read = False
        self._start: h11.Response | None = None
        self._begun = self._complete = False

    async def receive(self) -> Message:
        """ASGI receive. A body that is refused looks like a disconnect: the application cannot answer any more."""
        if self._complete or self.left or self.refusal is not None:
            return {"type": "http.disconnect"}
        try:
            if not self._body_read:
                piece = await self._channel.read_body()
                self._body_read = piece is None
                return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}
            await self._channel.wait_left()
            self.left = True
        except RequestRefused as refusal:
            self.refusal = refusal
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.left = True
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """ASGI send; returns when the kernel has taken it all.

        Raises:
            OSError: The peer left.
        """
        if self.refusal is not None:
            return
        if message["type"] == "http.response.start":
            self._start = self._response(message)
            return
        events = self._body_events(message)
        self._begun = True
        try:
            await self._channel.send(*events)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.left = True
            raise ConnectionResetError("the peer left") from None
        self._complete = not message.get("more_body", False)

    def check_answered(self) -> None:
        """Raises:
        RuntimeError: The application returned without a complete response to a peer that waits for one.
        """
        if not (self._complete or self.left or self.refusal is not None):
            raise RuntimeError("the application returned without a complete response")

    def check_complete(self) -> None:
        """Raises:
        RequestRefused: No response was begun.
        trio.BrokenResourceError: It was begun and not ended, or the peer left.
        """
        try:
            if self._complete:
                return
            if self._begun or self.left:
                raise trio.BrokenResourceError("the response was not completed")
            raise self.refusal or RequestRefused(500, "internal error")
        finally:
            self.refusal = None  # it leads back here; apart, they leave memory at once

    def _response(self, message: Message) -> h11.Response:
        headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", ())]
        if not any(name.lower() == b"date" for name, _ in headers):
            headers.append((b"Date", formatdate(usegmt=True).encode("ascii")))
        if self._channel.draining:
            headers.append((b"Connection", b"close"))
        return h11.Response(status_code=message["status"], headers=headers)

    def _body_events(self, message: Message) -> list[h11.Event]:
        """The response's head goes in one write with the first piece of its body."""
        events: list[h11.Event] = []
        if not self._begun:
            if self._start is None:
                raise RuntimeError("http.response.body was sent before http.response.start")
            events.append(self._start)
        body = message.get("body", b"")
        if body and not self._bodiless:
            events.append(h11.Data(data=bytes(body)))
        if not message.get("more_body", False):
            events.append(h11.EndOfMessage())
        return events
