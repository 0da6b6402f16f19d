"""What operators do to the whole of a server with workers: drain, backup, log level."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
import trio
from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from actors.steady_clock import SteadyClock
from breakout.errors import StorageUnavailable
from gateway.admin.attempt import Attempts
from gateway.admin.audit import acts_page
from gateway.admin.body import string_field
from gateway.admin.process import Answered, backup_target, level_field
from gateway.admin.trail import AuditTrail, Doing
from gateway.api.auth import Gate
from gateway.api.refused import ApiRefused, json_response
from gateway.logs import LogLevel
from gateway.workers.ask import LOOK_SECONDS, Asking, Question, headers_of
from gateway.workers.files import front_file, worker_file
from gateway.workers.worker import Worker
from persistence.backup import sync
from persistence.refusal import BackupRefused
from persistence.store import Store

log = structlog.get_logger(__name__)

BACKUP_SECONDS: Final = 600.0
"""For the file of one worker: about 0.4 s per 100 MB on an SSD."""

FORGET_SECONDS: Final = 3_600.0
"""Of days that acts are kept, that is nothing."""


@frozen
class FrontProcess:
    """Attributes: store: The front's own file. stop: Set to have the server drain and end, as SIGTERM does."""

    asking: Asking
    store: Store
    gate: Gate
    trail: AuditTrail
    clock: SteadyClock
    backup_directory: Path | None
    log_level: LogLevel
    stop: trio.Event

    def workers(self) -> list[dict[str, Any]]:
        return [
            {
                "worker": worker.number,
                "state": worker.state.value,
                "pid": worker.process.pid if worker.process else None,
                "restarts": worker.restarts,
                "connections": worker.connections,
            }
            for worker in self.asking.crew.workers
        ]

    async def acts(self, before: int | None, limit: int) -> dict[str, Any]:
        """What was done to the whole server, newest first; as one page of the audit."""
        return acts_page(await self.trail.newest_first(before, limit), limit)

    async def forget_old(self) -> None:
        """Keep acts as long as workers keep their journals; the front has no snapshots at which that would be done."""
        while True:
            try:
                await self.store.forget(self.clock.now())
            except StorageUnavailable:
                log.warning("old acts of operators are not deleted yet")
            await trio.sleep(FORGET_SECONDS)

    async def drain(self, request: Request) -> Response:
        """202, and all workers begin to drain; see `gateway/admin/process.py`."""
        async with self._acting(request, "server.drain"):
            return Answered(self.stop)

    async def back_up(self, request: Request) -> Response:
        """`{"path"}` names a directory to make, within `backup_directory`, with a whole file of each worker.

        It appears under its name once all of it is on disk. Each session is consistent; two sessions may be a moment apart.
        """
        async with self._acting(request, "server.backup") as doing:
            path = doing.target = await string_field(request, "path")
            target = await trio.to_thread.run_sync(backup_target, self.backup_directory, path)
            return json_response({"path": str(target), "bytes": await self._copy_all(request, target)})

    async def show_log_level(self, request: Request) -> Response:
        self.gate.server_operator(request)
        return json_response({"level": self.log_level.name})

    async def set_log_level(self, request: Request) -> Response:
        """`{"level"}`, for all processes and those that are started in place of them, until the server ends."""
        async with self._acting(request, "server.log-level") as doing:
            level = doing.target = await level_field(request)
            self.log_level.set(level)
            await self.asking.crew.set_log_level(level)
        return json_response({"level": level})

    @asynccontextmanager
    async def _acting(self, request: Request, action: str) -> AsyncIterator[Doing]:
        """Around what somebody wants to do, and whether they may. Raises: ApiRefused: 401, 403."""
        async with Attempts(self.gate, self.trail, self.clock.now).acting(request, action) as doing:
            self.gate.server_operator(request)
            yield doing

    async def _copy_all(self, request: Request, target: Path) -> int:
        """The size of all copies.

        Raises:
            ApiRefused: One could not be made, or a worker does not answer; nothing is left behind.
        """
        await self.asking.everyone(Question(b"/healthz", patience_seconds=LOOK_SECONDS))  # one may hang
        partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
        if await trio.Path(target).exists():
            raise ApiRefused(409, "backup_refused", f"{target} exists; name a new directory")
        with _refusing(target):
            await trio.Path(partial).mkdir(mode=0o700)  # refuses one that another request is still filling
        try:
            with _refusing(target):
                return await self._fill(request, partial, target)
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(shutil.rmtree, partial, True)

    async def _fill(self, request: Request, partial: Path, target: Path) -> int:
        sizes = [await self._copy(request, partial, worker) for worker in self.asking.crew.workers]
        sizes.append(await self._copy_own(front_file(partial)))
        await trio.Path(partial).rename(target)
        await trio.to_thread.run_sync(sync, target.parent)
        return sum(sizes)

    async def _copy(self, request: Request, directory: Path, worker: Worker) -> int:
        body = orjson.dumps({"path": str(worker_file(directory, worker.number))})
        question = Question(b"/api/admin/backup", "POST", headers_of(request), body, BACKUP_SECONDS)
        answer = await self.asking.one(worker, question)
        said = orjson.loads(answer.body)
        if answer.status != 200:
            raise ApiRefused(answer.status, said["error"]["code"], said["error"]["message"])
        return int(said["bytes"])

    async def _copy_own(self, target: Path) -> int:
        """The file of the front itself, with what operators did. Raises: ApiRefused: It could not be copied."""
        try:
            await self.store.backup(target)
        except BackupRefused as refused:
            raise ApiRefused(409, "backup_refused", str(refused)) from None
        return (await trio.Path(target).stat()).st_size


@contextmanager
def _refusing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ApiRefused(409, "backup_refused", f"{target} cannot be written ({error})") from None
