"""What is forgotten, a little at every snapshot: old idempotency keys, old acts of operators, and old journal rows that
snapshots include.

"Now" is the newest instant the journal has seen, so that no clock is read here.
"""

import sqlite3

from sqlite_utils import Database

from persistence.acts import forget_acts
from persistence.database import transaction
from persistence.restore import KEY_LIFE_MS

ROWS_PER_STEP = 2_000
"""Journal rows looked at per step: a few milliseconds of the lane."""

WINDOW = "SELECT position, at FROM journal WHERE position > ? ORDER BY position LIMIT ?"
PRUNE = """
    DELETE FROM journal WHERE position > ? AND position <= ? AND at < ? AND position <= coalesce(
        CASE WHEN room_id IS NULL
            THEN (SELECT s.position FROM breakout_sessions AS s WHERE s.session_id = journal.session_id)
            ELSE (SELECT r.position FROM breakout_rooms AS r
                  WHERE r.session_id = journal.session_id AND r.id = journal.room_id)
        END, 0)
"""


class Retention:
    """Walks through the old end of the journal, one window per step, and begins again at its start.

    So rows that no snapshot includes yet, and which therefore stay, do not hold up those behind them.
    """

    def __init__(self, retention_seconds: int) -> None:
        self._retention_ms = retention_seconds * 1000
        self._walked = 0

    def step(self, db: Database, now: int) -> int:
        """Prune one window; gives how many journal rows were deleted. Blocks."""
        with transaction(db) as conn:
            conn.execute("DELETE FROM idempotency_keys WHERE at <= ?", [now - KEY_LIFE_MS])
            forget_acts(conn, now - self._retention_ms)
            return self._prune(conn, now - self._retention_ms)

    def _prune(self, conn: sqlite3.Connection, before: int) -> int:
        window = conn.execute(WINDOW, (self._walked, ROWS_PER_STEP)).fetchall()
        old = [position for position, at in window if at < before]
        deleted = conn.execute(PRUNE, (self._walked, old[-1], before)).rowcount if old else 0
        self._walked = window[-1][0] if old and len(window) == ROWS_PER_STEP else 0
        return deleted
