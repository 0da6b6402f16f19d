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


def forget_acts(conn: sqlite3.Connection, before: int) -> None:
    """Within a transaction. Blocks."""
    conn.execute("DELETE FROM operator_acts WHERE at < ?", [before])
