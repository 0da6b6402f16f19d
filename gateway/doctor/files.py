"""The database, its disk, and the backups."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway import host_facts
from gateway.doctor.finding import DOUBTFUL, GOOD, WRONG, Finding
from gateway.settings import Settings
from gateway.workers.files import is_spread, store_files
from persistence.examine import examine, sqlite_version

LOW_SPACE_BYTES: Final = 1024**3
NO_SPACE_BYTES: Final = 64 * 1024**2
"""The WAL alone may grow to this much in a burst."""

SLOW_SYNC_SECONDS: Final = 0.02
"""At 20 ms an acknowledgement takes 50 to 150 ms under load; a good disk takes 1 to 5."""

FIXED_WAL: Final = (3, 51, 3)
"""Older SQLite can damage a WAL that two connections reset at once; the server has one connection, and other tools must too."""

OTHERS: Final = 0o077

AS_SERVER: Final = "look as root or as the server's user; if it is, correct"

TODO: Final = {
    "Unwritable": f"{AS_SERVER} owner and mode of the file and of its directory",
    "ForeignDatabase": "set db to Breakout's own file",
    "NotADatabase": "set db to Breakout's own file; if this was it: OPERATIONS.md, Restore",
    "DirectoryMissing": "correct db, or make the directory",
    "SchemaTooNew": "install the version that wrote it; to go back: OPERATIONS.md, Upgrade and roll back",
}
"""By why the store does not open it; for anything else a backup is restored."""


def look_at_database(settings: Settings) -> Iterator[Finding]:
    files = store_files(settings.db) if is_spread(settings.db) else [settings.db]
    for path in files:
        yield _database_finding(path)
        yield from _access_findings(path)
    if settings.workers > 1 and settings.db.is_file():
        yield Finding("database", GOOD, f"{settings.db} becomes a directory at the next start: a file for each worker")
    yield _sqlite_finding()


def _database_finding(path: Path) -> Finding:
    found = examine(path)
    size = f"{found.bytes / 1e6:,.1f} MB and {found.wal_bytes / 1e6:,.1f} MB waiting beside it"
    if found.state == "missing":
        return Finding("database", GOOD, f"{path} will be made at the first start")
    if found.state == "in use":
        return Finding("database", GOOD, f"{path}: a server has it open ({size})")
    if found.state == "refused":
        return Finding("database", WRONG, found.problem, TODO.get(found.kind, "OPERATIONS.md, Restore"))
    upgrade = f"; the next start upgrades it: {', '.join(found.pending)}" if found.pending else ""
    return Finding("database", GOOD, f"{path}: {size}, {found.journal_mode}, synchronous={found.synchronous}{upgrade}")


def _access_findings(path: Path) -> Iterator[Finding]:
    """Whose the files are. Root looks at everything, the server may not; and others should not."""
    for file in (path, path.with_name(f"{path.name}-wal")):
        if not file.exists():
            continue
        status, directory = file.stat(), file.parent.stat()
        if status.st_uid != directory.st_uid:
            what = f"{file} belongs to user {status.st_uid}, its directory to {directory.st_uid}"
            yield Finding("database", DOUBTFUL, what, f"where the server may not write it: chown --reference={file.parent} {file}")
        if stat.S_IMODE(status.st_mode) & OTHERS:
            yield Finding("database", DOUBTFUL, f"{file} holds names and chats, and is open to other users", f"chmod 600 {file}")


def _sqlite_finding() -> Finding:
    version = sqlite_version()
    if tuple(int(number) for number in version.split(".")[:3]) >= FIXED_WAL:
        return Finding("sqlite", GOOD, version)
    return Finding("sqlite", GOOD, f"{version}; never open the database of a running server with another program")


def look_at_disk(settings: Settings) -> Iterator[Finding]:
    directory = settings.db.parent
    if not directory.is_dir():
        state = DOUBTFUL if settings.dev else WRONG
        yield Finding("disk", state, f"there is no directory {directory}", f"mkdir -p {directory}")
        return
    try:
        disk = host_facts.look_at_disk(directory)
    except OSError as error:
        yield Finding("disk", WRONG, f"nothing can be written to {directory}: {error.strerror}", f"{AS_SERVER} its owner and mode")
        return
    yield _space_finding(directory, disk.free_bytes)
    what = f"{disk.sync_seconds * 1000:.1f} ms to have a page on it for good"
    if disk.sync_seconds > SLOW_SYNC_SECONDS:
        yield Finding("disk", DOUBTFUL, what, "every acknowledgement waits for it; use a local SSD")
    else:
        yield Finding("disk", GOOD, what)


def _space_finding(directory: Path, free_bytes: int) -> Finding:
    what = f"{free_bytes / 1e9:,.1f} GB free at {directory}"
    if free_bytes < NO_SPACE_BYTES:
        return Finding("disk", WRONG, what, "make space; commits will fail")
    return Finding("disk", DOUBTFUL, what, "make space") if free_bytes < LOW_SPACE_BYTES else Finding("disk", GOOD, what)


def look_at_backups(settings: Settings) -> Iterator[Finding]:
    directory, beside = settings.backup_directory, settings.db.parent
    if directory is None:
        yield Finding("backups", DOUBTFUL, "backup_directory is not set", "set it, and run `breakout backup` every night")
    elif not directory.is_dir():
        yield Finding("backups", WRONG, f"there is no directory {directory}", "make it, for the server's user alone")
    elif not host_facts.may_write(directory):
        todo = f"{AS_SERVER} its owner and mode; under systemd it must be in StateDirectory= or ReadWritePaths="
        yield Finding("backups", WRONG, f"nothing can be written to {directory}", todo)
    else:
        yield from _backup_findings(directory, beside)


def _backup_findings(directory: Path, beside: Path) -> Iterator[Finding]:
    status, database = directory.stat(), beside.stat() if beside.is_dir() else None
    if database is not None and status.st_uid != database.st_uid and not status.st_mode & stat.S_IWOTH:
        what = f"{directory} belongs to user {status.st_uid}, the database's directory to {database.st_uid}"
        yield Finding("backups", DOUBTFUL, what, f"where the server may not write there: chown --reference={beside} {directory}")
    if stat.S_IMODE(status.st_mode) & OTHERS and any(stat.S_IMODE(file.stat().st_mode) & OTHERS for file in directory.iterdir()):
        todo = f"chmod -R go= {directory}"
        yield Finding("backups", DOUBTFUL, f"{directory} holds names and chats, and is open to other users", todo)
    if database is not None and status.st_dev == database.st_dev:
        yield Finding("backups", DOUBTFUL, f"{directory} is on the database's own disk", "have them copied elsewhere")
    else:
        yield Finding("backups", GOOD, str(directory))
