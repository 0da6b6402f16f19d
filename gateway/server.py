"""The composition root: puts settings, store, actors, transport and HTTP together, starts them and stops them in order.

    signals ── SIGTERM, SIGINT, an operator ──> drain
    persistence ── journal, store
    └── root ── sessions, rooms
        └── transport ── port, connections
            └── operators ── an address of their own, where it is set
"""

import errno
import gc
import os
import signal
import socket
import ssl
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final, TypeVar

import structlog
import trio
from attrs import frozen
from starlette.applications import Starlette

from actors.flusher import Flusher
from actors.root import Root, running
from breakout.contract.close_code import CloseCode
from gateway.api.committed import CommittedSessions
from gateway.api.routes import api_routes
from gateway.app import make_app
from gateway.assets import asset_routes
from gateway.health import Health, Phase, health_routes
from gateway.lateness import Lateness
from gateway.listener import TransportServer
from gateway.listening_socket import open_listeners
from gateway.logs import configure_logs
from gateway.metrics import own_version
from gateway.operators import Operators
from gateway.pages import page_routes
from gateway.parts import Parts
from gateway.schema.routes import schema_routes
from gateway.session_endpoint import SessionEndpoint
from gateway.settings import Settings
from gateway.settings_parts import actor_settings, persistence_settings, transport_settings
from gateway.signals import heed_hangups, log_tasks, say_where_threads_are, stop_at_signal
from gateway.start_refused import NotNow, StartRefused
from gateway.store_refused import start_refused
from gateway.tls import tls_context
from gateway.token import token_verifier
from gateway.welcome import say, welcome
from gateway.wire.encode import WireEncoder
from gateway.workers.own_sessions import OwnEndpoint, Owns, own_app
from persistence.persistence import Persistence, open_persistence
from persistence.refusal import StoreRefused

log = structlog.get_logger()

OTHERS: Final = 0o077
"""The permissions of everybody but the owner."""

Refused = TypeVar("Refused", bound=Exception)


@frozen
class Server:
    """A running server, for whoever embeds it: tests and the bench do.

    Attributes:
        stop: Set when an operator wants it drained and ended.
        admin_url: Of the operators' API, which may have an address of its own.
        tls: What connections are encrypted with; None where nothing is.
    """

    url: str
    root: Root
    persistence: Persistence
    endpoint: SessionEndpoint
    transport: TransportServer
    health: Health
    stop: trio.Event
    admin_url: str
    tls: ssl.SSLContext | None


def run(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT, then drain. Returns the exit code: 0 after a drain.

    Raises:
        StartRefused: A setting, a key, the port or the database is not as it must be.
    """
    configure_logs(settings.log_level, settings.log_format)
    keep_to_ourselves()
    try:
        trio.run(_main, settings)
    except* StoreRefused as group:
        raise start_refused(first(group)) from None
    return 0


def keep_to_ourselves() -> None:
    """Files that this process makes are its user's alone: they hold names, chats and keys."""
    os.umask(os.umask(OTHERS) | OTHERS)


def first(group: BaseExceptionGroup[Refused]) -> Refused:
    """The first exception within groups."""
    found = group.exceptions[0]
    return first(found) if isinstance(found, BaseExceptionGroup) else found


async def _main(settings: Settings) -> None:
    with (
        trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals,
        trio.open_signal_receiver(signal.SIGUSR1) as questions,
        trio.open_signal_receiver(signal.SIGHUP) as hangups,
    ):
        say_where_threads_are()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(log_tasks, questions)
            server: Server = await nursery.start(serve, settings)
            say(f"listening on {server.url}")  # promised: the first line on stdout
            log_start(settings, server.url)
            if settings.dev:
                say(welcome(settings, server.url))
            tune_garbage_collection()
            nursery.start_soon(stop_at_signal, signals, server.stop)
            nursery.start_soon(heed_hangups, hangups, server.stop, settings, server.tls)
            await server.stop.wait()
            await drain(server, settings.drain_seconds)
            nursery.cancel_scope.cancel()


def log_start(settings: Settings, url: str) -> None:
    """What runs, where, on which file: the first things to know of a log."""
    log.info("started", version=own_version(), url=url, db=str(settings.db), workers=settings.workers)


async def serve(settings: Settings, *, owns: Owns | None = None, task_status: trio.TaskStatus[Server]) -> None:
    """Run a server until cancelled; ready when it takes connections and every session with work is in memory.

    With `owns` it is a worker: it has no port, adopts connections (`Server.transport`), and serves the sessions alone that
    `owns` is true of.

    Raises:
        StartRefused, StoreRefused: See `run`.
    """
    flusher = Flusher()
    encoder = WireEncoder()
    tls = tls_context(settings)
    verifier = token_verifier(settings)
    if settings.dev:
        settings.db.parent.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        opened = open_persistence(settings.db, persistence_settings(settings), after_batch=flusher.flush)
        persistence = await stack.enter_async_context(opened)
        root = Root(persistence, encoder, flusher, actor_settings(settings))
        root.revoke(found.user_id for found in await persistence.store.revocations())
        await stack.enter_async_context(running(root))
        nursery = await stack.enter_async_context(trio.open_nursery())
        if verifier.published is not None:
            await verifier.published.begin()
            nursery.start_soon(verifier.published.keep_fresh)
        endpoint = SessionEndpoint(root, verifier, encoder, settings)
        nursery.start_soon(endpoint.expiry.run)
        health, lateness = Health(lambda: persistence.journal.healthy, lambda: verifier.keys_known), Lateness()
        nursery.start_soon(lateness.run)
        parts = Parts(root, persistence, endpoint, lambda: transport.statistics, lateness, health, verifier.published)
        operators = Operators(parts, verifier, encoder, settings, alone=owns is None)
        listeners = listen(settings) if owns is None else []
        api = api_routes(CommittedSessions(root, persistence.store), verifier, encoder, settings.allowed_origins)
        routes = [
            *health_routes(health), *api, *operators.public_routes,
            *schema_routes(), *asset_routes(reload=settings.dev), *page_routes(settings),
        ]  # fmt: skip
        transport = _transport(make_app(routes), endpoint, settings, tls, owns)
        await nursery.start(transport.run, listeners)
        url = listening_url("http" if tls is None else "https", listeners)
        admin_url = await stack.enter_async_context(operators.own_address([] if owns is None else api)) or url
        health.phase = Phase.SERVING
        task_status.started(Server(url, root, persistence, endpoint, transport, health, operators.stop, admin_url, tls))
        await trio.sleep_forever()


async def drain(server: Server, drain_seconds: float) -> None:
    """Let nobody new in, commit everything, close every client with 1012, then the port; at most `drain_seconds`.

    Until the last client has left, `/readyz` says that the server is going.
    """
    log.info("draining", connections=len(server.endpoint))
    server.health.phase = Phase.DRAINING
    server.transport.refuse_websockets()
    with trio.move_on_after(drain_seconds):
        await server.persistence.journal.settled()
        server.endpoint.close_all(CloseCode.RECONNECT, "the server is stopping; reconnect")
        await server.transport.wait_no_websockets()
        server.transport.stop_accepting()
        await server.transport.wait_ended()
    log.info("drained", left=len(server.endpoint))


def _transport(
    app: Starlette, endpoint: SessionEndpoint, settings: Settings, tls: ssl.SSLContext | None, owns: Owns | None
) -> TransportServer:
    if owns is None:
        return TransportServer(app, endpoint, transport_settings(settings), tls)
    return TransportServer(own_app(app, owns), OwnEndpoint(endpoint, owns), transport_settings(settings))


def listen(settings: Settings) -> list[socket.socket]:
    """The sockets of the port for people. Raises: StartRefused: It is taken, or cannot be listened on."""
    try:
        return open_listeners(settings.host, settings.port)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        hint = "choose another with --port" if taken else "choose another with --host"
        kind = NotNow if taken else StartRefused
        raise kind(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}; {hint}") from None


def listening_url(scheme: str, listeners: Sequence[socket.socket]) -> str:
    """Where the first of `listeners` is reached; empty where there is none."""
    if not listeners:
        return ""
    host, port = listeners[0].getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def tune_garbage_collection() -> None:
    """What is in memory after the start stays: leave it out of collections, and collect what is new in small pieces.

    With the thresholds of CPython (700 objects) a join storm spends its time in collections that find nothing. With much larger
    ones each holds the loop: with 50,000 and 20, half a second while 8,000 people come; with these, no longer than with none.
    What survives one collection is not looked at again before some 50 million objects have come and not gone: no connection,
    request, room or session that is over leaves a circle behind (`test_leaving_memory.py`, twice), they are gone at once.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10_000, 1)
