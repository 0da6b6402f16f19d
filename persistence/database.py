"""The one connection to the file: opened with an exclusive lock, checked, or refused."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from persistence.refusal import (
    CorruptDatabase,
    DirectoryMissing,
    ForeignDatabase,
    UnexpectedMode,
    Unwritable,
    refusal_of,
)
from persistence.settings import PersistenceSettings

APPLICATION_ID = 0x42524B54
"""Marks a file as ours ("BRKT" in ASCII), so that a mistyped path never gets our tables."""

BUSY_SECONDS = 0.5
"""How long to wait for a lock at start: long enough for a tool that reads in passing, short for a second server."""

WAL_KEPT_BYTES = 64 * 1024 * 1024
"""What the WAL file is cut back to after a burst; without a limit it keeps its largest size until the server stops."""

ALWAYS_CHECKED = {"_sqlite_migrations", "breakout_sessions", "breakout_rooms", "breakout_participants", "breakout_users"}
"""Tables that a start reads, and that grow with rooms and people, not with what these do."""

SYNCHRONOUS_LEVELS = {"NORMAL": 1, "FULL": 2}

log = logging.getLogger(__name__)


def open_database(path: Path, settings: PersistenceSettings) -> Database:
    """Open or create the file and hold an exclusive lock on it until the connection is closed. Blocks.

    The connection may move between threads, but only one may use it at a time.

    Raises:
        StoreRefused: One of its kinds; a file that was there is unchanged.
    """
    if not path.parent.is_dir():
        raise DirectoryMissing(f"there is no directory {path.parent}; create it first")
    if path.is_dir():
        raise Unwritable(f"{path} is a directory; name a file")
    with _refusing(path):
        # No implicit BEGIN: every transaction is opened by name, see `transaction`.
        conn = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _lock(conn)
            _recognise(conn, path)
            _check_for_damage(conn, path, settings)
            _set_modes(conn, settings)
            return Database(conn)
        except BaseException:
            conn.close()
            raise


@contextmanager
def transaction(db: Database) -> Iterator[sqlite3.Connection]:
    """All of the block or none of it.

    BEGIN IMMEDIATE, since `Database.atomic` begins deferred and so may fail half way in.
    """
    conn = db.conn
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield conn
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:  # a full disk makes SQLite roll back by itself
            conn.execute("ROLLBACK")
        raise


def close_database(db: Database) -> None:
    """Move the WAL into the file and give up the lock. Blocks.

    A checkpoint that fails (no space) is no loss: the WAL stays beside the file and is read at the next start.
    """
    try:
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error:
        pass
    finally:
        db.conn.close()


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise refusal_of(error, path) from error


def _lock(conn: sqlite3.Connection) -> None:
    conn.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
    # Of two servers that start at once one wins: the lock is taken in one step and kept after the COMMIT.
    conn.execute("BEGIN EXCLUSIVE")
    conn.execute("COMMIT")


def _recognise(conn: sqlite3.Connection, path: Path) -> None:
    mark = _pragma(conn, "application_id")
    tables = conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if mark != APPLICATION_ID and (mark != 0 or tables != 0):
        raise ForeignDatabase(f"{path} is a database of another program; name another file")


def _check_for_damage(conn: sqlite3.Connection, path: Path, settings: PersistenceSettings) -> None:
    """What is cut short was found already, by comparing the file's length with what it says itself."""
    size = path.stat().st_size
    if size <= settings.check_bytes:
        parts = ["1"]
    else:
        log.warning("%s has %d MB; `breakout doctor` checks all of it, a start only the small tables", path, size // 10**6)
        present = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        parts = sorted(ALWAYS_CHECKED & present)
    for part in parts:
        found = conn.execute(f"PRAGMA quick_check({part})").fetchone()[0]
        if found != "ok":
            raise CorruptDatabase(f"{path} is damaged; restore a backup ({found})")


def _set_modes(conn: sqlite3.Connection, settings: PersistenceSettings) -> None:
    conn.execute("PRAGMA journal_mode=WAL").fetchall()
    conn.execute(f"PRAGMA synchronous={settings.synchronous}")
    conn.execute(f"PRAGMA journal_size_limit={WAL_KEPT_BYTES}").fetchall()
    if _pragma(conn, "application_id") != APPLICATION_ID:  # setting it writes to the file, even to the same value
        conn.execute(f"PRAGMA application_id={APPLICATION_ID}")
    _expect(conn, "locking_mode", "exclusive")
    _expect(conn, "journal_mode", "wal")
    _expect(conn, "synchronous", SYNCHRONOUS_LEVELS[settings.synchronous])


def _expect(conn: sqlite3.Connection, name: str, wanted: object) -> None:
    found = _pragma(conn, name)
    if found != wanted:
        raise UnexpectedMode(f"SQLite has {name}={found} where {wanted} was asked for; nothing would be durable")


def _pragma(conn: sqlite3.Connection, name: str) -> object:
    return conn.execute(f"PRAGMA {name}").fetchone()[0]
