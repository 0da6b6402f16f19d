"""Moving sessions from one file to another, for servers that spread them over several; and what operators did.

A move copies into the target in one transaction, and then deletes from the source in another. Killed between the two, both files
hold the same session; the move is made again before anybody is served, and then replaces what the target has. So what a file holds
besides is never touched, and nothing is in no file at any time.

Positions count the journal of one file, so a session gets new ones: the next free ones of the target, in the old order. Every
column `position` refers to the same count and is translated with it; 0 means "before everything" and stays.
"""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from persistence.acts import bring_acts
from persistence.commit import last_position
from persistence.database import close_database, transaction
from persistence.persistence import open_file
from persistence.refusal import UnexpectedMode, Unwritable
from persistence.revoked_users import bring_revocations
from persistence.settings import PersistenceSettings

log = logging.getLogger(__name__)

TABLES_OF_SESSIONS = """
    SELECT m.name FROM sqlite_master AS m WHERE m.type = 'table'
    AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) AS c WHERE c.name = 'session_id') ORDER BY m.name
"""
COUNT = """
    INSERT INTO sqlite_sequence (name, seq) SELECT 'journal', 0
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'journal')
"""
RAISE_COUNT = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'journal'"
NEWNESS = "SELECT coalesce(max(at), 0), count(*) FROM journal WHERE session_id = ?"


def open_store_file(path: Path) -> Database:
    """The file, created if need be, upgraded, and locked until `close_store_file`. Blocks.

    Raises:
        StoreRefused, BackupRefused: As `persistence.open_persistence`.
    """
    return open_file(path, PersistenceSettings())


def close_store_file(db: Database) -> None:
    """Give up the lock. Blocks."""
    close_database(db)


def settle_file(path: Path) -> None:
    """Take what waits beside the file into it, so that the file alone may be renamed. Blocks.

    Raises:
        StoreRefused: A server has it open, or it cannot be used; it is unchanged.
    """
    close_database(open_file(path, PersistenceSettings()))
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and wal.stat().st_size:
        raise UnexpectedMode(f"the changes in {wal} could not be moved into {path}; see that there is space on the disk")


def stored_session_ids(db: Database) -> list[str]:
    """Every session of the file, in order; each has a row there from its first change on. Blocks."""
    return [row[0] for row in db.conn.execute("SELECT session_id FROM breakout_sessions ORDER BY session_id").fetchall()]


def move_sessions(source: Database, target: Database, session_ids: Sequence[str]) -> None:
    """Have `target` hold these sessions and `source` no more; see the module's text. Blocks for two commits.

    Where both hold one and the target's is newer, which only happens when a server was started on one of the files alone in the
    middle of a move, the target's stays.

    Raises:
        Unwritable: A file could not be read or written. Every session is still in one of the two.
    """
    with _losing_nothing("sessions"):
        _copy_then_delete(source, target, session_ids)


def move_acts(source: Database, target: Database) -> None:
    """Have `target` hold what operators did according to both files, and `source` nothing; as often as it takes. Blocks.

    Raises:
        Unwritable: A file could not be read or written. Every act is still in one of the two.
    """
    with _losing_nothing("what operators did"):
        bring_acts(source, target)


def move_revocations(source: Database, target: Database) -> None:
    """Have `target` hold whom operators have shut out according to both files, and `source` nothing. Blocks.

    Raises:
        Unwritable: A file could not be read or written. Every one of them is still in one of the two.
    """
    with _losing_nothing("who is revoked"):
        bring_revocations(source, target)


@contextmanager
def _losing_nothing(what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        why = f"{what} could not be moved ({error}); nothing is lost; see that there is space on the disk"
        raise Unwritable(why) from error


def _copy_then_delete(source: Database, target: Database, session_ids: Sequence[str]) -> None:
    tables = _tables(source.conn)
    with transaction(target) as conn:
        for session_id in session_ids:
            if _newness(conn, session_id) > _newness(source.conn, session_id):
                log.warning("both files hold session %s; the newer one is kept", session_id)
                continue
            _delete(conn, tables, session_id)
            _copy(source.conn, target, tables, session_id)
    with transaction(source) as conn:
        for session_id in session_ids:
            _delete(conn, tables, session_id)


def _tables(conn: sqlite3.Connection) -> dict[str, list[str]]:
    """The tables that hold rows of sessions, with their columns."""
    names = [row[0] for row in conn.execute(TABLES_OF_SESSIONS).fetchall()]
    return {name: [row[1] for row in conn.execute(f"PRAGMA table_info({name})").fetchall()] for name in names}


def _newness(conn: sqlite3.Connection, session_id: str) -> tuple[int, int]:
    newest_at, events = conn.execute(NEWNESS, [session_id]).fetchone()
    return newest_at, events


def _delete(conn: sqlite3.Connection, tables: dict[str, list[str]], session_id: str) -> None:
    for name in tables:
        conn.execute(f"DELETE FROM {name} WHERE session_id = ?", [session_id])  # noqa: S608  names of our own schema


def _copy(source: sqlite3.Connection, target: Database, tables: dict[str, list[str]], session_id: str) -> None:
    positions = _new_positions(source, tables, session_id, last_position(target))
    for name, columns in tables.items():
        statement = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
        target.conn.executemany(statement, _rows(source, name, columns, session_id, positions))
    target.conn.execute(COUNT)
    target.conn.execute(RAISE_COUNT, [max(positions.values())])  # the last one may belong to a row that was pruned


def _new_positions(
    source: sqlite3.Connection, tables: dict[str, list[str]], session_id: str, last: int
) -> dict[int, int]:
    """By old position; without gaps, since a file that sessions move through again and again must not run out of numbers."""
    counted = [name for name, columns in tables.items() if "position" in columns]
    union = " UNION ".join(f"SELECT position FROM {name} WHERE session_id = ?1" for name in counted)  # noqa: S608
    found = source.execute(f"{union} ORDER BY 1", [session_id])
    old = [row[0] for row in found.fetchall() if row[0]]
    return {0: 0} | {position: number for number, position in enumerate(old, last + 1)}


def _rows(
    source: sqlite3.Connection, name: str, columns: list[str], session_id: str, positions: dict[int, int]
) -> Iterator[tuple[object, ...]]:
    where = columns.index("position") if "position" in columns else None
    found = source.execute(f"SELECT {', '.join(columns)} FROM {name} WHERE session_id = ?", [session_id])  # noqa: S608
    for row in found:
        yield row if where is None else (*row[:where], positions[row[where]], *row[where + 1 :])
