"""How state comes back: the last snapshot of a room or a session, and the events after it."""

import sqlite3

from attrs import evolve
from sqlite_utils import Database

from breakout.chat import KEPT_MESSAGES, Message
from breakout.identity import User
from breakout.ports import KeyedReply, StoredRoom, StoredSession
from breakout.room_apply import apply
from breakout.session import SessionState, apply_session
from persistence.event_codec import decode_room, decode_room_event, decode_session, decode_session_event
from persistence.snapshot import room_has_work, session_has_work

KEY_LIFE_MS = 600_000
"""How long an idempotency key is remembered; PROTOCOL promises ten minutes."""

ROOMS = "SELECT id, position, state FROM breakout_rooms WHERE session_id = ?"
ROOM = f"{ROOMS} AND id = ?"
ROOM_EVENTS = """
    SELECT position, kind, payload FROM journal WHERE session_id = ? AND room_id = ? AND position > ? ORDER BY position
"""
SESSION_EVENTS = """
    SELECT position, kind, payload FROM journal WHERE session_id = ? AND room_id IS NULL AND position > ? ORDER BY position
"""
MESSAGES = """
    SELECT id, user_id, first_name, last_name, text, sent_at FROM breakout_messages
    WHERE session_id = ? AND room_id = ? AND position <= ? ORDER BY position DESC LIMIT ?
"""
KEYS = "SELECT user_id, key, digest, reply, at FROM idempotency_keys WHERE session_id = ? AND at > ?"

ACTIVE_BY_SNAPSHOT = """
    SELECT session_id FROM breakout_rooms WHERE active
    UNION SELECT session_id FROM breakout_sessions WHERE active
"""
CHANGED_SINCE_SNAPSHOT = """
    SELECT session_id FROM breakout_sessions AS s WHERE EXISTS (
        SELECT 1 FROM journal AS j WHERE j.session_id = s.session_id AND j.room_id IS NULL AND j.position > s.position)
    UNION SELECT session_id FROM breakout_rooms AS r WHERE EXISTS (
        SELECT 1 FROM journal AS j WHERE j.session_id = r.session_id AND j.room_id = r.id AND j.position > r.position)
"""


def read_session(db: Database, session_id: str, now: int) -> StoredSession:
    """The whole session, empty when nothing is stored of it. Blocks."""
    state = _read_state(db.conn, session_id)
    restored = [_restore_room(db.conn, session_id, row) for row in db.conn.execute(ROOMS, [session_id]).fetchall()]
    restored.sort(key=lambda room: (room.state.created_at, room.state.ordinal))
    rooms = {room.state.id: room for room in restored}
    keyed = [KeyedReply(*row) for row in db.conn.execute(KEYS, (session_id, now - KEY_LIFE_MS)).fetchall()]
    return StoredSession(state, rooms, keyed, _session_position(db.conn, session_id, rooms))


def read_removed_user_ids(db: Database, session_id: str) -> frozenset[str]:
    """Whom operators have put out of the session. Blocks."""
    return frozenset(_read_state(db.conn, session_id).removed)


def read_room(db: Database, session_id: str, room_id: str) -> StoredRoom | None:
    """One room, or None when there is none of that id. Blocks."""
    row = db.conn.execute(ROOM, (session_id, room_id)).fetchone()
    return None if row is None else _restore_room(db.conn, session_id, row)


def read_active_session_ids(db: Database) -> list[str]:
    """The sessions with work to do without anybody connected, in order of their ids. Blocks.

    Sessions with events after their snapshots are restored to see.
    """
    changed = {row[0] for row in db.conn.execute(CHANGED_SINCE_SNAPSHOT).fetchall()}
    active = {row[0] for row in db.conn.execute(ACTIVE_BY_SNAPSHOT).fetchall()}
    return sorted((active - changed) | {name for name in changed if _has_work(db, name)})


def _has_work(db: Database, session_id: str) -> bool:
    stored = read_session(db, session_id, now=0)
    return session_has_work(stored.state) or any(room_has_work(room.state) for room in stored.rooms.values())


def _read_state(conn: sqlite3.Connection, session_id: str) -> SessionState:
    row = conn.execute("SELECT state, position FROM breakout_sessions WHERE session_id = ?", [session_id]).fetchone()
    state, included = (decode_session(row[0]), row[1]) if row else (SessionState(session_id), 0)
    for _, kind, payload in conn.execute(SESSION_EVENTS, (session_id, included)).fetchall():
        state = apply_session(state, decode_session_event(kind, payload))
    return state


def _session_position(conn: sqlite3.Connection, session_id: str, rooms: dict[str, StoredRoom]) -> int:
    """The last position of anything in the session, also where retention has pruned its row."""
    newest = conn.execute("SELECT max(position) FROM journal WHERE session_id = ?", [session_id]).fetchone()[0] or 0
    stored = conn.execute("SELECT position FROM breakout_sessions WHERE session_id = ?", [session_id]).fetchone()
    return max(newest, stored[0] if stored else 0, *(room.position for room in rooms.values()), 0)


def _restore_room(conn: sqlite3.Connection, session_id: str, row: tuple[str, int, str]) -> StoredRoom:
    room_id, included, text = row
    messages = conn.execute(MESSAGES, (session_id, room_id, included, KEPT_MESSAGES)).fetchall()
    state = evolve(decode_room(text), messages=tuple(_message(room_id, found) for found in reversed(messages)))
    later = conn.execute(ROOM_EVENTS, (session_id, room_id, included)).fetchall()
    for _, kind, payload in later:
        state = apply(state, decode_room_event(kind, payload))
    return StoredRoom(state, later[-1][0] if later else included)


def _message(room_id: str, row: tuple[str, str, str, str, str, int]) -> Message:
    message_id, user_id, first_name, last_name, text, sent_at = row
    return Message(message_id, room_id, User(user_id, first_name, last_name), text, sent_at)
