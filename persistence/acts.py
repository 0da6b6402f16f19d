"""What operators did, kept as long as the journal: also what concerns no session, and what was refused."""

import itertools
import sqlite3
from collections.abc import Sequence

from attrs import frozen
from sqlite_utils import Database

from breakout.identity import User
from persistence.database import transaction

INSERT = """
    INSERT OR IGNORE INTO operator_acts (at, operator_id, first_name, last_name, action, target, outcome)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
SELECT = """
    SELECT at, operator_id, first_name, last_name, action, target, outcome FROM operator_acts
    WHERE at < ? ORDER BY at DESC LIMIT ?
"""
ALL = "SELECT at, operator_id, first_name, last_name, action, target, outcome FROM operator_acts ORDER BY at"
END_OF_TIME = 2**62


@frozen
class Act:
    """One thing an operator did, or was refused.

    Attributes:
        at: Milliseconds since the epoch.
        action: Such as "room.restart".
        target: What it was done to; empty for the whole server.
        outcome: "done", or the code of the error.
    """

    at: int
    operator: User
    action: str
    target: str
    outcome: str


def write_act(db: Database, act: Act) -> None:
    """Keep `act`. No two have the same instant, so that pages of them can be told apart: the later one gets the next. Blocks."""
    by = act.operator
    with transaction(db) as conn:
        for at in itertools.count(act.at):
            row = (at, by.id, by.first_name, by.last_name, act.action, act.target, act.outcome)
            if conn.execute(INSERT, row).rowcount:
                return


def read_acts(db: Database, before: int | None, limit: int) -> Sequence[Act]:
    """At most `limit` acts before an instant (None: the last ones), newest first. Blocks."""
    rows = db.conn.execute(SELECT, (END_OF_TIME if before is None else before, limit)).fetchall()
    return [Act(at, User(user_id, first, last), *rest) for at, user_id, first, last, *rest in rows]


def bring_acts(source: Database, target: Database) -> None:
    """Have `target` keep the acts of both files, and `source` none. Blocks for three commits.

    Killed between two of them it is made again, and comes to the same: first every act gets an instant in `source` that is free in
    `target`, so that one which was copied is known by being the same in all; what is copied is deleted last.
    """
    with transaction(source) as conn:
        _step_aside(conn, target.conn)
    with transaction(target) as conn:
        conn.executemany(INSERT, source.conn.execute(ALL).fetchall())
    with transaction(source) as conn:
        conn.execute("DELETE FROM operator_acts")


def _step_aside(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Give those acts the next free instants whose own ones are taken by others in `target`."""
    theirs = {row[0]: row for row in target.execute(ALL)}
    ours = source.execute(ALL).fetchall()
    taken = theirs.keys() | {row[0] for row in ours}
    for row in ours:
        if theirs.get(row[0], row) != row:
            at = next(at for at in itertools.count(row[0]) if at not in taken)
            taken.add(at)
            source.execute("UPDATE operator_acts SET at = ? WHERE at = ?", (at, row[0]))


def forget_acts(conn: sqlite3.Connection, before: int) -> None:
    """Within a transaction. Blocks."""
    conn.execute("DELETE FROM operator_acts WHERE at < ?", [before])
