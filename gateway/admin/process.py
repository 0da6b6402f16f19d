"""What concerns the process: drain, backup, log level."""

from pathlib import Path
from typing import Final

import trio
from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.admin.body import string_field
from gateway.admin.desk import Desk
from gateway.api.refused import NO_STORE, ApiRefused, json_response
from gateway.logs import LEVELS, LogLevel
from persistence.refusal import BackupRefused

MAX_NAME_BYTES: Final = 200
"""File systems take 255; while a backup is written, its name has some 20 more."""


@frozen
class ProcessAdmin:
    """Attributes: stop: Set to have the server drain and end, as SIGTERM does."""

    desk: Desk
    backup_directory: Path | None
    log_level: LogLevel
    stop: trio.Event

    async def drain(self, request: Request) -> Response:
        """202, and the server begins to drain: everything is committed, clients are closed with 1012, the process ends with 0."""
        async with self.desk.acting(request, "server.drain"):
            self.desk.server_operator(request)
            return Answered(self.stop)

    async def back_up(self, request: Request) -> Response:
        """`{"path"}` names the file to write, within `backup_directory`; `{path, bytes}` once it is on disk, whole."""
        async with self.desk.acting(request, "server.backup") as doing:
            self.desk.server_operator(request)
            path = doing.target = await string_field(request, "path")
            target = await trio.to_thread.run_sync(backup_target, self.backup_directory, path)
            try:
                await self.desk.sessions.store.backup(target)
            except BackupRefused as refused:
                raise ApiRefused(409, "backup_refused", str(refused)) from None
            size = (await trio.Path(target).stat()).st_size
        return json_response({"path": str(target), "bytes": size})

    async def show_log_level(self, request: Request) -> Response:
        self.desk.server_operator(request)
        return json_response({"level": self.log_level.name})

    async def set_log_level(self, request: Request) -> Response:
        """`{"level"}`; holds until the process ends."""
        async with self.desk.acting(request, "server.log-level") as doing:
            self.desk.server_operator(request)
            level = doing.target = await level_field(request)
            self.log_level.set(level)
        return json_response({"level": level})


async def level_field(request: Request) -> str:
    """The level in the body. Raises: ApiRefused: 400, it is none."""
    level = await string_field(request, "level")
    if level not in LEVELS:
        raise ApiRefused(400, "invalid_data", f"level: must be one of {', '.join(LEVELS)}")
    return level


class Answered(Response):
    """202, and only then the event is set: a server without connections would be gone before its answer."""

    def __init__(self, then: trio.Event) -> None:
        super().__init__(b"{}", 202, NO_STORE, "application/json")
        self._then = then

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._then.set()


def backup_target(backup_directory: Path | None, path: str) -> Path:
    """What to write; symbolic links lead nowhere else. Blocks.

    Raises:
        ApiRefused: 403, there is no directory for backups, or the path leads out of it; 400 or 409, there can be no such file.
    """
    if backup_directory is None:
        raise ApiRefused(403, "forbidden", "this server writes no backups; set backup_directory")
    directory = backup_directory.resolve()
    if any(len(part.encode()) > MAX_NAME_BYTES for part in Path(path).parts):
        raise ApiRefused(400, "invalid_data", f"path: a file's name has at most {MAX_NAME_BYTES} bytes")
    target = (directory / path).resolve()
    if target == directory or not target.is_relative_to(directory):
        raise ApiRefused(403, "forbidden", f"backups are written within {directory} only")
    if not target.parent.is_dir():
        raise ApiRefused(409, "backup_refused", f"there is no directory {target.parent}")
    return target
