"""Whom operators have shut out of the whole server; kept until they are let in again, whatever the journal's retention."""

from collections.abc import Sequence

from attrs import frozen
from sqlite_utils import Database

from breakout.identity import User
from persistence.database import transaction

COLUMNS = "user_id, at, operator_id, first_name, last_name"
INSERT = f"INSERT OR IGNORE INTO revoked_users ({COLUMNS}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608  names of our own schema
SELECT = f"SELECT {COLUMNS} FROM revoked_users ORDER BY at DESC, user_id"  # noqa: S608  as above


@frozen
class Revocation:
    """Somebody is shut out of every session.

    Attributes:
        at: Since when; milliseconds since the epoch.
        operator: Who did it.
    """

    user_id: str
    at: int
    operator: User


def write_revocation(db: Database, revocation: Revocation) -> None:
    """Keep it; the first one of a user stays. Blocks."""
    with transaction(db) as conn:
        conn.execute(INSERT, _row(revocation))


def delete_revocation(db: Database, user_id: str) -> bool:
    """Whether there was one. Blocks."""
    with transaction(db) as conn:
        return conn.execute("DELETE FROM revoked_users WHERE user_id = ?", [user_id]).rowcount > 0


def read_revocations(db: Database) -> Sequence[Revocation]:
    """All, newest first. Blocks."""
    rows = db.conn.execute(SELECT).fetchall()
    return [Revocation(user_id, at, User(*operator)) for user_id, at, *operator in rows]


def bring_revocations(source: Database, target: Database) -> None:
    """Have `target` keep those of both files, and `source` none; killed in between it is made again. Blocks for two commits."""
    with transaction(target) as conn:
        conn.executemany(INSERT, [_row(revocation) for revocation in read_revocations(source)])
    with transaction(source) as conn:
        conn.execute("DELETE FROM revoked_users")


def _row(revocation: Revocation) -> tuple[str, int, str, str, str]:
    by = revocation.operator
    return revocation.user_id, revocation.at, by.id, by.first_name, by.last_name
