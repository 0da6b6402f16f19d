"""What operators are served, put together: the admin API and metrics, on the public port or at an address of their own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import trio
from attrs import evolve
from starlette.routing import BaseRoute, Route

from gateway.admin.attempt import Attempts
from gateway.admin.desk import Desk
from gateway.admin.own_port import NoWebSockets, admin_listeners, admin_url
from gateway.admin.routes import admin_routes
from gateway.admin.server_report import ServerWatch
from gateway.admin.trail import AuditTrail, TrailOfFront, TrailOfWorker
from gateway.admin.users import UsersAdmin
from gateway.api.auth import Gate
from gateway.api.committed import CommittedSessions
from gateway.app import make_app
from gateway.health import health_routes
from gateway.listener import TransportServer
from gateway.metrics import metrics_routes
from gateway.parts import Parts
from gateway.revocation import OneProcess, Revocations
from gateway.settings import Settings
from gateway.token import TokenVerifier
from gateway.transport_settings import TransportSettings
from gateway.wire.encode import WireEncoder

MAX_ADMIN_CONNECTIONS = 100
"""Of the own address: operators, their dashboards and a probe or two."""


class Operators:
    """Attributes: stop: Set when an operator has the server drain."""

    def __init__(
        self, parts: Parts, verifier: TokenVerifier, encoder: WireEncoder, settings: Settings, *, alone: bool = True
    ) -> None:
        """Not `alone`, it is a worker, and acts on the whole server are the front's to keep."""
        self.stop = trio.Event()
        self._health = parts.health
        self._settings = settings
        self._alone = alone
        gate = Gate(verifier, parts.root.revoked)
        store = parts.persistence.store
        trail = AuditTrail(store) if alone else TrailOfWorker(store)
        desk = Desk(gate, CommittedSessions(parts.root, store), encoder, trail)
        server_desk = desk if alone else evolve(desk, trail=TrailOfFront(store))
        self._admin = admin_routes(desk, server_desk, ServerWatch(parts), settings.backup_directory, self.stop)
        if alone:
            revocations = Revocations(store, OneProcess(parts.root, parts.endpoint))
            self._admin += UsersAdmin(Attempts(gate, desk.trail, desk.now), revocations).routes()
        self._metrics = metrics_routes(parts, gate, open_to_all=settings.metrics_open or not alone)

    @property
    def public_routes(self) -> list[Route]:
        """What the public port serves of it: metrics, and the admin API unless that has its own address. A worker's: nothing."""
        if not self._alone:
            return []
        return self._metrics if self._settings.admin_listen else [*self._metrics, *self._admin]

    @asynccontextmanager
    async def own_address(self, more: Sequence[BaseRoute] = ()) -> AsyncIterator[str | None]:
        """Serve `admin_listen`, with `more` routes, for the length of a block; gives its URL, None where there is none.

        Raises:
            StartRefused: The address is taken, or cannot be used.
        """
        address = self._settings.admin_listen
        if address is None:
            yield None
            return
        async with served_apart(address, [*health_routes(self._health), *self._metrics, *self._admin, *more]) as url:
            yield url


@asynccontextmanager
async def served_apart(address: str, routes: Sequence[BaseRoute]) -> AsyncIterator[str]:
    """Serve `routes` at an address of operators for the length of a block; gives its URL. Raises: StartRefused: As above."""
    limits = TransportSettings(max_connections=MAX_ADMIN_CONNECTIONS, max_connections_per_address=MAX_ADMIN_CONNECTIONS)
    with admin_listeners(address) as listeners:
        async with trio.open_nursery() as nursery:
            await nursery.start(TransportServer(make_app(routes), NoWebSockets(), limits).run, listeners)
            yield admin_url(address, listeners)
            nursery.cancel_scope.cancel()
