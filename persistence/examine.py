"""A look at a database that no server has open, or the reason why there is none."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from attrs import frozen

from persistence.database import close_database, open_database
from persistence.refusal import DatabaseInUse, SchemaTooNew, StoreRefused
from persistence.schema import MIGRATIONS
from persistence.settings import PersistenceSettings


@frozen
class DatabaseReport:
    """What was found.

    Attributes:
        state: "missing", "in use" (a server runs), "good" or "refused"; `problem` then says why, else it is empty.
        kind: The name of the `StoreRefused` that it is.
        bytes: Of the file; `wal_bytes` of the changes beside it that a server will take in at its start.
        pending: Migrations that the next start will make, after a backup.
    """

    state: str
    problem: str = ""
    bytes: int = 0
    wal_bytes: int = 0
    journal_mode: str = ""
    synchronous: int = 0
    pending: tuple[str, ...] = ()
    kind: str = ""


def sqlite_version() -> str:
    """Of the library in this process."""
    return sqlite3.sqlite_version


def examine(path: Path) -> DatabaseReport:
    """Look at the file `path` with the settings of a server, and at all of it. Blocks, for a file of a gigabyte for seconds;
    meanwhile no server can open the file.

    A file that is not there is not made, and no schema is changed; changes that wait beside the file are taken into it.
    """
    if not path.exists() or not path.stat().st_size:
        return DatabaseReport("missing")
    size, wal = path.stat().st_size, path.with_name(f"{path.name}-wal")
    wal_bytes = wal.stat().st_size if wal.exists() else 0
    try:
        db = open_database(path, PersistenceSettings(check_bytes=sys.maxsize))
    except DatabaseInUse:
        return DatabaseReport("in use", bytes=size, wal_bytes=wal_bytes)
    except StoreRefused as refused:
        return DatabaseReport("refused", str(refused), size, wal_bytes, kind=type(refused).__name__)
    try:
        with closing(db.conn.execute("PRAGMA journal_mode")) as mode, closing(db.conn.execute("PRAGMA synchronous")) as level:
            found = str(mode.fetchone()[0]), int(level.fetchone()[0])
        applied = {migration.name for migration in MIGRATIONS.applied(db)}
        pending = tuple(migration.name for migration in MIGRATIONS.pending(db))
    finally:
        close_database(db)
    known = {migration.name for migration in MIGRATIONS._migrations}  # noqa: SLF001  sqlite-utils has no public list
    if applied - known:
        later = f"{path} was written by a later version ({max(applied - known)}); upgrade this program"
        return DatabaseReport("refused", later, size, wal_bytes, *found, kind=SchemaTooNew.__name__)
    return DatabaseReport("good", "", size, wal_bytes, *found, pending)
