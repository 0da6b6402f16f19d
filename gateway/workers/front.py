"""The front of a server with workers: starts them, owns the port, and answers what concerns all of them.

    signals ── SIGTERM, SIGINT, an operator ──> drain
    files ── every session with its owner, locked
    └── crew ── workers, each started again when it dies
        └── transport ── port; the sorter gives connections away, the rest is answered here
            └── operators ── an address of their own, where it is set
"""

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Final

import structlog
import trio
from attrs import evolve, frozen
from starlette.routing import BaseRoute, Route

from actors.steady_clock import SteadyClock
from gateway.admin.attempt import Attempts
from gateway.admin.own_port import NoWebSockets
from gateway.admin.trail import AuditTrail
from gateway.admin.users import UsersAdmin
from gateway.api.auth import Gate
from gateway.api.refused import answered
from gateway.api.routes import cors_of
from gateway.app import make_app
from gateway.health import Phase
from gateway.lateness import Lateness
from gateway.listener import TransportServer
from gateway.logs import LOG_LEVEL, configure_logs
from gateway.operators import served_apart
from gateway.revocation import Revocations
from gateway.server import first, keep_to_ourselves, listen, listening_url, log_start, tune_garbage_collection
from gateway.server import run as run_alone
from gateway.settings import Settings
from gateway.settings_parts import persistence_settings, transport_settings
from gateway.signals import heed_hangups, say_where_threads_are, stop_at_signal
from gateway.store_refused import start_refused
from gateway.task_tree import task_tree
from gateway.token import token_verifier
from gateway.welcome import say, welcome
from gateway.workers.ask import Asking, asking
from gateway.workers.crew import Crew
from gateway.workers.directory_lock import lock_directory
from gateway.workers.files import arrange, front_file, worker_file
from gateway.workers.front_admin import FrontAdmin, FrontEvents
from gateway.workers.front_health import FrontHealth
from gateway.workers.front_metrics import FrontCollector, front_metrics_routes
from gateway.workers.front_process import FrontProcess
from gateway.workers.front_reach import FrontReach
from gateway.workers.handed_settings import with_key
from gateway.workers.sorter import Sorter
from gateway.workers.worker import LINGER_SECONDS, WorkerLost
from persistence.persistence import open_persistence
from persistence.refusal import StoreRefused
from persistence.store import Store

log = structlog.get_logger(__name__)


EXIT_FAILED: Final = 1
"""Unlike a setting that must be repaired, it may be otherwise the next time."""

MAX_PLACE_BYTES: Final = 64
"""Of the directory for temporary files: the path of a socket has 107 bytes, and ours end with some 35."""


@frozen
class Front:
    """A running front."""

    url: str
    crew: Crew
    transport: TransportServer
    health: FrontHealth


@frozen
class Place:
    """Attributes: sockets: Directory of the workers' private sockets. lock: Descriptor of the files' lock, which they inherit."""

    sockets: Path
    lock: int


def run(settings: Settings) -> int:
    """Serve with workers until SIGTERM or SIGINT, then drain. Returns the exit code: 0 then, 1 where workers end at the start.

    With one worker, on a directory that had several: everything is brought into one file and served without a front.

    Raises:
        StartRefused: A setting, a key, the port or a file is not as it must be.
    """
    configure_logs(settings.log_level, settings.log_format)
    keep_to_ourselves()
    if settings.dev:
        settings.db.parent.mkdir(parents=True, exist_ok=True)
    lock = lock_directory(settings.db, settings.drain_seconds + 2 * LINGER_SECONDS)
    settings = with_key(settings)
    arrange(settings.db, settings.workers)
    if settings.workers == 1:
        return run_alone(evolve(settings, db=worker_file(settings.db, 1)))
    code = 0
    try:
        with closing(_Sockets()) as sockets:
            trio.run(_main, settings, Place(sockets.path, lock))
    except* StoreRefused as group:
        raise start_refused(first(group)) from None
    except* WorkerLost as group:
        log.error("the server does not start", why=str(first(group)))  # noqa: TRY400 - a traceback says nothing more
        code = EXIT_FAILED
    finally:
        os.close(lock)
    return code


class _Sockets:
    """A directory of this user alone."""

    def __init__(self) -> None:
        place = tempfile.gettempdir()
        short = place if len(place.encode()) <= MAX_PLACE_BYTES else "/tmp"  # noqa: S108 - what is made there is private
        self.path = Path(tempfile.mkdtemp(prefix="breakout-", dir=short))

    def close(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


async def _main(settings: Settings, place: Place) -> None:
    with (
        trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals,
        trio.open_signal_receiver(signal.SIGUSR1) as questions,
        trio.open_signal_receiver(signal.SIGHUP) as hangups,
    ):
        say_where_threads_are()
        async with trio.open_nursery() as nursery:
            stop = trio.Event()
            nursery.start_soon(stop_at_signal, signals, stop)
            nursery.start_soon(heed_hangups, hangups, stop, settings, None)
            front = await _started(nursery, settings, place, stop)
            if front is not None:
                _greet(settings, front.url)
                tune_garbage_collection()
                nursery.start_soon(_log_tasks_of_all, front.crew, questions)
                await stop.wait()
                await drain_front(front, settings.drain_seconds)
            nursery.cancel_scope.cancel()


async def _started(nursery: trio.Nursery, settings: Settings, place: Place, stop: trio.Event) -> Front | None:
    """The front, once all of it serves; None when it is told to stop before."""
    front: Front | None = None

    async def give_up(scope: trio.CancelScope) -> None:
        await stop.wait()
        scope.cancel()

    async with trio.open_nursery() as starting:
        starting.start_soon(give_up, starting.cancel_scope)
        front = await nursery.start(serve_front, settings, place, stop)
        starting.cancel_scope.cancel()
    return front


def _greet(settings: Settings, url: str) -> None:
    say(f"listening on {url}")  # promised: the first line on stdout
    log_start(settings, url)
    if settings.dev:
        say(welcome(settings, url))


async def serve_front(settings: Settings, place: Place, stop: trio.Event, *, task_status: trio.TaskStatus[Front]) -> None:
    """Run front and workers until cancelled; ready when all workers were up and the port is open. Operators set `stop`.

    Raises:
        StartRefused: See `run`.
    """
    verifier = token_verifier(settings)
    async with AsyncExitStack() as stack:
        nursery = await stack.enter_async_context(trio.open_nursery())
        if verifier.published is not None:
            await verifier.published.begin()
            nursery.start_soon(verifier.published.keep_fresh)
        opened = open_persistence(front_file(settings.db), persistence_settings(settings), after_batch=lambda: None)
        own = await stack.enter_async_context(opened)
        revoked = {found.user_id for found in await own.store.revocations()}
        crew = Crew(settings, place.sockets, place.lock, revoked)
        await nursery.start(crew.run)
        ask = await stack.enter_async_context(asking(crew))
        health, lateness = FrontHealth(ask, lambda: verifier.keys_known), Lateness()
        nursery.start_soon(lateness.run)
        sorter = Sorter(crew, transport_settings(settings))
        admin = _admin(ask, Gate(verifier, revoked), settings, own.store, stop)
        nursery.start_soon(admin.process.forget_old)
        collector = FrontCollector(health, lateness, sorter, lambda: transport.statistics)
        metrics = front_metrics_routes(ask, collector, admin.process.gate, open_to_all=settings.metrics_open)
        users = _users(admin.process, Revocations(own.store, FrontReach(revoked, crew)))
        apart = [*health.routes(), *metrics, *admin.routes(), *users.routes()]
        public = apart if settings.admin_listen is None else [*health.routes(), *metrics]
        app = make_app([*public, _events(ask, admin.process.gate, settings)])
        transport = TransportServer(app, NoWebSockets(), transport_settings(settings), porter=sorter)
        listeners = listen(settings)
        await nursery.start(transport.run, listeners)
        url = listening_url("http", listeners)
        if settings.admin_listen is not None:
            await stack.enter_async_context(served_apart(settings.admin_listen, apart))
        health.phase = Phase.SERVING
        task_status.started(Front(url, crew, transport, health))
        await trio.sleep_forever()


async def drain_front(front: Front, drain_seconds: float) -> None:
    """Have all workers drain, which turn newcomers away meanwhile, then close the port; `/readyz` says so until then."""
    log.info("draining", connections=front.transport.statistics.open)
    front.health.phase = Phase.DRAINING
    await front.crew.leave(drain_seconds)
    front.transport.stop_accepting()
    with trio.move_on_after(LINGER_SECONDS):
        await front.transport.wait_ended()
    log.info("drained", left=front.transport.statistics.open)


def _admin(ask: Asking, gate: Gate, settings: Settings, store: Store, stop: trio.Event) -> FrontAdmin:
    process = FrontProcess(
        ask, store, gate, AuditTrail(store), SteadyClock(), settings.backup_directory, LOG_LEVEL, stop
    )
    return FrontAdmin(ask, process)


def _users(process: FrontProcess, revocations: Revocations) -> UsersAdmin:
    return UsersAdmin(Attempts(process.gate, process.trail, process.clock.now), revocations)


def _events(ask: Asking, gate: Gate, settings: Settings) -> BaseRoute:
    handler = answered(FrontEvents(ask, gate).list_rooms)
    cors = cors_of(settings.allowed_origins)
    return Route("/api/events/{id}/rooms", handler, methods=["GET", "OPTIONS"], middleware=[cors])


async def _log_tasks_of_all(crew: Crew, questions: AsyncIterator[int]) -> None:
    """Log what every task of every process is doing, whenever SIGUSR1 asks."""
    async for _ in questions:
        log.warning("task tree", tree=task_tree())
        for worker in crew.workers:
            worker.ask_tasks()
