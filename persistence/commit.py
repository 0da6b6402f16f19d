"""What one group commit writes: journal rows, idempotency keys, and the tables derived from both, in one transaction.

Positions are given here and not by SQLite: the lane is the only writer, and so a whole batch goes in with `executemany`
and the derived rows know their position beforehand. After a roll-back the next batch takes the same positions.
"""

import time
from collections.abc import Sequence

from attrs import frozen
from sqlite_utils import Database

from breakout.ports import Change
from breakout.session import SessionState
from persistence.database import transaction
from persistence.event_codec import check_storable, encode_event, encode_session, encode_user
from persistence.projection import project

INSERT_ROWS = "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
INSERT_KEYS = "INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?)"
INSERT_SESSIONS = "INSERT OR IGNORE INTO breakout_sessions VALUES (?, 0, 0, ?)"


@frozen
class EncodedChange:
    """A change with its events as text: `encoded` has kind and payload per entry."""

    change: Change
    by_user: str | None
    encoded: tuple[tuple[str, str], ...]


@frozen
class Written:
    """A batch that is on disk.

    Attributes:
        positions: Per change the position of its last entry, 0 for a change without entries.
        sync_seconds: What COMMIT took: writing the WAL and waiting for the disk.
    """

    positions: Sequence[int]
    sync_seconds: float


def encode(change: Change) -> EncodedChange:
    """Make `change` ready for its commit; whatever cannot be stored is refused here, before it could spoil a batch.

    Raises:
        Unstorable: See `event_codec.encode_event`.
    """
    check_storable(change.session_id, change.id, change.at, change.cause, [entry.room_id for entry in change.entries])
    if change.keyed_reply is not None:
        check_storable(change.keyed_reply.user_id, change.keyed_reply.key, change.keyed_reply.at)
    return EncodedChange(change, encode_user(change.by), tuple(encode_event(entry.event) for entry in change.entries))


def last_position(db: Database) -> int:
    """The highest position ever given in this file, also when its row was pruned. Blocks."""
    found = db.conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").fetchone()
    return int(found[0]) if found else 0


def write_batch(db: Database, batch: Sequence[EncodedChange], position: int) -> Written:
    """Commit `batch` behind `position`, all or nothing. Blocks until it is on disk."""
    rows: list[tuple[int | str | None, ...]] = []
    last_positions: list[int] = []
    for item in batch:
        rows += _rows(item, position + len(rows) + 1)
        last_positions.append(position + len(rows) if item.encoded else 0)
    with transaction(db) as conn:
        conn.executemany(INSERT_SESSIONS, _sessions(batch))
        conn.executemany(INSERT_ROWS, rows)
        conn.executemany(INSERT_KEYS, [key for item in batch for key in _keys(item.change)])
        project(conn, [item.change for item in batch], position + 1)
        prepared = time.perf_counter()
    return Written(last_positions, time.perf_counter() - prepared)


def _rows(item: EncodedChange, first: int) -> list[tuple[int | str | None, ...]]:
    change = item.change
    return [
        (first + i, change.session_id, entry.room_id, change.id, change.cause, item.by_user, change.at, kind, payload)
        for i, (entry, (kind, payload)) in enumerate(zip(change.entries, item.encoded, strict=True))
    ]


def _keys(change: Change) -> list[tuple[str | bytes | int, ...]]:
    keyed = change.keyed_reply
    if keyed is None:
        return []
    return [(change.session_id, keyed.user_id, keyed.key, keyed.digest, keyed.reply, keyed.at)]


def _sessions(batch: Sequence[EncodedChange]) -> list[tuple[str, str]]:
    """A row for every session, so that what happened to it after its last snapshot can be found from there."""
    return [(name, encode_session(SessionState(name))) for name in {item.change.session_id for item in batch}]
