"""The server's port: accepts connections, decides request by request what they are, and outlives every one of them.

    accept -> place free? -> request head -> /ws/...  WebSocket, to the connection's end
                 |              ^    |
                503             |    +---> anything else: the ASGI application, then the next request
                                +--------------+

Every connection is an island (`island.py`). Out of descriptors, accepting pauses and goes on. Connections may also be adopted,
which another process accepted, and a porter may give one away before a byte of it is read (`gateway/workers/`). A drain has two
steps: `refuse_websockets` lets nobody new in while the endpoint sends its people away and `/readyz` is still answered;
`stop_accepting` closes the listening sockets and every idle connection and lets requests finish with `Connection: close`.
"""

import socket
import ssl
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import structlog
import trio
from attrs import frozen

from gateway.accepting import Accepting
from gateway.asgi import ASGIApp, run_app
from gateway.client_address import client_address, is_trusted, normal_address
from gateway.connection_limits import ConnectionLimits
from gateway.drain import Drain
from gateway.endpoint import WebSocketEndpoint
from gateway.handshake import is_websocket_path
from gateway.head import RequestHead, RequestRefused
from gateway.heartbeat import Heartbeat
from gateway.http1 import HttpChannel
from gateway.island import Island, Work
from gateway.link import Link
from gateway.porter import Porter
from gateway.stream import Spawn
from gateway.transport_settings import TransportSettings
from gateway.upgrade import Admitted, WebSocketUpgrade
from gateway.visit import Visit

log = structlog.get_logger(__name__)

_MAX_REFUSALS_AT_ONCE: Final = 256
"""Connections beyond the limit that get a response at the same time; the others are closed without one."""

REJECTED_STATUSES: Final = (400, 401, 403, 404, 408, 413, 426, 431, 503)
"""Counted from the start, so that a first one shows as a rise."""

_REFUSED_HEAD_SECONDS: Final = 1.0
"""For the request of a connection that will be refused: some clients cannot take an answer before they have asked."""


@frozen
class ListenerStatistics:
    """Counters since the start.

    Attributes:
        accepted: Connections accepted, refused ones included.
        open: Connections open now.
        websockets: WebSockets open now.
        refused: Connections and handshakes turned away with 503, since the server or their address has no place more.
        rejected: Requests and handshakes answered with an error before the application or a session saw them, by its status.
        failed: Connections ended by an exception that was not theirs to raise: bugs, each one logged.
        accept_pauses: Times that accepting paused for want of descriptors or memory.
    """

    accepted: int
    open: int
    websockets: int
    refused: int
    rejected: Mapping[int, int]
    failed: int
    accept_pauses: int


class TransportServer:
    """Serves HTTP and WebSocket on the listening sockets it is given, encrypted where there is a `tls` to do it with."""

    def __init__(
        self,
        app: ASGIApp,
        endpoint: WebSocketEndpoint[Any],
        settings: TransportSettings,
        tls: ssl.SSLContext | None = None,
        porter: Porter | None = None,
    ) -> None:
        self._app = app
        self._tls = tls
        self._porter = porter
        self._settings = settings
        self._heartbeat = Heartbeat(settings.heartbeat_seconds)
        self._upgrade = WebSocketUpgrade(endpoint, self._heartbeat, settings)
        self._limits = ConnectionLimits(settings.max_connections, settings.max_connections_per_address)
        self._drain = Drain()
        self._ended = trio.Event()
        self._accepting = Accepting(self._admit, settings.accept_pause_seconds)
        self._connections: trio.Nursery | None = None
        self._accepted = self._refused = self._failed = self._refusing = 0
        self._rejected = Counter(dict.fromkeys(REJECTED_STATUSES, 0))

    @property
    def statistics(self) -> ListenerStatistics:
        return ListenerStatistics(
            accepted=self._accepted,
            open=self._limits.total,
            websockets=len(self._heartbeat),
            refused=self._refused,
            rejected=dict(self._rejected),
            failed=self._failed,
            accept_pauses=self._accepting.pauses,
        )

    def refuse_websockets(self) -> None:
        """Answer every handshake from now on with 503; requests are served as before."""
        self._drain.refuse()

    async def wait_no_websockets(self) -> None:
        """Wait until the socket of every WebSocket is closed. Always a checkpoint."""
        await self._drain.guests.wait_gone()

    async def wait_ended(self) -> None:
        """Wait until `run` has closed its last connection. Always a checkpoint."""
        await self._ended.wait()

    def stop_accepting(self) -> None:
        """Begin to drain; see the module's text. `run` returns once the last connection is closed."""
        self._drain.begin()
        self._accepting.stop()

    async def run(
        self,
        listeners: Sequence[socket.socket],
        *,
        task_status: trio.TaskStatus["TransportServer"] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Accept until `stop_accepting`, then return with the last connection; cancelled, all are closed at once.

        `listeners` are listening TCP sockets; they are closed when this returns or stops accepting. Without any, connections
        are only adopted.
        """
        async with trio.open_nursery() as background:
            background.start_soon(self._heartbeat.run)
            async with trio.open_nursery() as connections:
                self._connections = connections
                task_status.started(self)
                await self._accepting.run(listeners)
            self._connections = None
            self._ended.set()
            background.cancel_scope.cancel()

    def adopt(self, plain_socket: socket.socket, left: Callable[[], None]) -> None:
        """Serve a connection that another process accepted, as one accepted here; after `stop_accepting` it is closed.

        `left` is called once, when the connection is closed.
        """
        try:
            address = plain_socket.getpeername()
        except OSError:  # the client left meanwhile
            address = None
        if address is None or self._connections is None or self._drain.begun:
            plain_socket.close()
            left()
        else:
            self._admit(plain_socket, address, left)

    # --- one connection

    def _admit(self, plain_socket: socket.socket, address: Any, left: Callable[[], None] = lambda: None) -> None:
        assert self._connections is not None, "it does not run"
        self._accepted += 1
        plain_socket.setblocking(False)
        # It also sets TCP_NODELAY, and TCP_NOTSENT_LOWAT to 16 KiB: what a client does not read waits in its outbox, where it is
        # seen. The kernel takes 24 KB for a client with a buffer of 4 KiB; without, 3 MB, and for most clients 4 MB.
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(plain_socket))
        visit = Visit(self._limits, left)
        if visit.enter():
            serve: Work = self._serve
        else:
            self._refused += 1
            if self._refusing >= _MAX_REFUSALS_AT_ONCE:
                stream.socket.close()
                visit.leave()
                return
            self._refusing += 1
            serve = self._turn_away
        link = self._link(stream, plain_socket, address)
        island = Island(link, self._connections, self._note_failure)
        island.begin(serve, link, visit, island.spawn)

    def _link(self, stream: trio.SocketStream, plain_socket: socket.socket, address: Any) -> Link:
        """TLS shakes hands with the first read, which the head's time bounds."""
        if self._tls is None:
            return Link(stream, plain_socket, *_peer(address))
        encrypted = trio.SSLStream(stream, self._tls, server_side=True, https_compatible=True)
        return Link(encrypted, None, *_peer(address))

    async def _serve(self, link: Link, visit: Visit, spawn: Spawn) -> None:
        """Serve one connection until it is closed."""
        try:
            upgrade = await self._until_upgrade(link, visit)
            if upgrade is not None:
                with self._drain.guests:
                    await self._upgrade.serve(link, *upgrade, spawn)
        finally:
            visit.end_here()

    async def _turn_away(self, link: Link, visit: Visit, _spawn: Spawn) -> None:
        try:
            channel = HttpChannel(link, self._settings, self._drain)
            with trio.move_on_after(_REFUSED_HEAD_SECONDS), suppress(RequestRefused):
                await channel.next_head()
            await channel.refuse(self._full("the server has no more places"))
        finally:
            self._refusing -= 1
            visit.leave()

    async def _until_upgrade(self, link: Link, visit: Visit) -> tuple[Admitted[Any], bytes] | None:
        """Answer requests, one after the other, until one is to become a WebSocket: that one, and what came behind it.

        None when the connection is over here. HTTP's buffers are gone by the time that the WebSocket is served.
        """
        channel = HttpChannel(link, self._settings, self._drain)
        try:
            return await self._serve_requests(link, visit, channel)
        except RequestRefused as refusal:
            self._note(refusal, link)
            await channel.refuse(refusal)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise
        except Exception:
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await channel.refuse(RequestRefused(400, "this cannot be served"))
            raise
        return None

    async def _serve_requests(self, link: Link, visit: Visit, channel: HttpChannel) -> tuple[Admitted[Any], bytes] | None:
        self._take_place(link.peer, visit)
        if self._porter is not None and not await self._porter.keeps(link, visit, self._take_place):
            return None
        while (head := await channel.next_head()) is not None:
            client = client_address(head, link.peer, self._settings.trusted_proxies)
            if is_websocket_path(head):
                if client != link.peer:
                    self._take_place(client, visit)
                return self._admitted(head, client), channel.trailing
            await self._request(link, channel, head, client)
            if not channel.start_next():
                await channel.finish()
                break
        return None

    def _note_failure(self) -> None:
        self._failed += 1

    def _note(self, refusal: RequestRefused, link: Link) -> None:
        """Count a refusal; nothing of what the client sent is logged."""
        self._rejected[refusal.status] += 1
        log.debug("request_rejected", client=link.peer, status=refusal.status)

    async def _request(self, link: Link, channel: HttpChannel, head: RequestHead, client: str) -> None:
        server = _peer(link.plain_socket.getsockname()) if link.plain_socket else ("localhost", 0)
        await run_app(self._app, channel, head, (client, link.port if client == link.peer else 0), server)

    def _admitted(self, head: RequestHead, client: str) -> Admitted[Any]:
        if self._drain.refusing:
            raise self._full("the server is about to stop")
        return self._upgrade.admit(head, client)

    # --- places

    def _take_place(self, address: str, visit: Visit) -> None:
        """Take one place of `address`. A trusted proxy needs none: the clients behind it are counted instead.

        Raises:
            RequestRefused: 503, there is none.
        """
        if is_trusted(address, self._settings.trusted_proxies):
            return
        if not visit.enter_address(address):
            self._refused += 1
            raise self._full("too many connections from one address")

    def _full(self, message: str) -> RequestRefused:
        return RequestRefused(503, message, {"Retry-After": str(self._settings.retry_after_seconds)})


def _peer(address: Any) -> tuple[str, int]:
    """An address as Python's sockets give it, as host and port; a UNIX socket has neither and is called "unix"."""
    return (normal_address(str(address[0])), int(address[1])) if isinstance(address, tuple) else ("unix", 0)
