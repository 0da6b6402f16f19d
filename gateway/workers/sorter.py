"""The front's porter: peeks at the head of a new connection and gives it to whom it belongs."""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import trio

from gateway.client_address import client_address
from gateway.handshake import is_websocket_path
from gateway.head import RequestRefused
from gateway.link import Link
from gateway.transport_settings import TransportSettings
from gateway.visit import Visit
from gateway.workers.channel import ChannelClosed, ChannelFull
from gateway.workers.crew import Crew
from gateway.workers.destination import Destination, Role, destination
from gateway.workers.peek import peek_head, peek_now
from gateway.workers.worker import Worker

DISCARDED_BYTES: Final = 64 * 1024

RETRY_AFTER_SECONDS: Final = "2"
"""A worker that died is up again in one or two."""


class Sorter:
    """Attributes: refused: Connections turned away with 503, because their worker could not take them."""

    def __init__(self, crew: Crew, settings: TransportSettings) -> None:
        self.refused = 0
        self._crew = crew
        self._settings = settings
        self._numbers = 0

    async def keeps(self, link: Link, visit: Visit, take_place: Callable[[str, Visit], None]) -> bool:
        """See `gateway.porter.Porter`. A client that does not finish its head in `head_seconds` is left, as everywhere."""
        assert link.plain_socket is not None, "the front speaks no TLS"
        data = peek_now(link.plain_socket, self._settings.max_head_bytes)
        if data is None:
            with trio.move_on_after(self._settings.head_seconds):
                data = await peek_head(link.plain_socket, self._settings.max_head_bytes)
        if data is None:
            _discard(link.plain_socket)
            return False
        wanted = destination(data)
        if wanted.to is Role.FRONT:
            return True
        self._count_client(wanted, link, visit, take_place)
        await self._give(self._worker(wanted), link, visit)
        return False

    def _count_client(
        self, wanted: Destination, link: Link, visit: Visit, take_place: Callable[[str, Visit], None]
    ) -> None:
        """People behind a trusted proxy are counted by their own addresses, as in a server without workers."""
        if wanted.head is not None and is_websocket_path(wanted.head):
            client = client_address(wanted.head, link.peer, self._settings.trusted_proxies)
            if client != link.peer:
                take_place(client, visit)

    def _worker(self, wanted: Destination) -> Worker:
        return self._crew.anybody() if isinstance(wanted.to, Role) else self._crew.owner(wanted.to)

    async def _give(self, worker: Worker, link: Link, visit: Visit) -> None:
        """Raises: RequestRefused: 503, the worker is down or has no room."""
        assert link.plain_socket is not None
        self._numbers += 1
        try:
            await worker.give(link.plain_socket, self._numbers, visit)
        except (ChannelClosed, ChannelFull, trio.TooSlowError):
            self.refused += 1
            raise RequestRefused(503, "a part of the server starts again", {"Retry-After": RETRY_AFTER_SECONDS}) from None


def _discard(plain_socket: socket.socket) -> None:
    """Closed with bytes unread, a connection is reset instead of ended."""
    with suppress(OSError):
        plain_socket.recv(DISCARDED_BYTES)
