"""Rows for reports, in pages short enough for commits to pass between them."""

from attrs import frozen
from sqlite_utils import Database

from breakout.ports import Stay, StoredEntry
from breakout.room import Role, Status
from persistence.event_codec import decode_room_event, decode_session_event, decode_user

PAGE_ROWS = 1_000

ATTENDANCE = """
    SELECT position, room_id, user_id, first_name, last_name, role, joined_at, left_at, speaking_seconds
    FROM breakout_attendance WHERE session_id = ? AND (position, user_id) > (?, ?) ORDER BY position, user_id LIMIT ?
"""
JOURNAL = """
    SELECT position, room_id, change_id, cause, by_user, at, kind, payload
    FROM journal WHERE session_id = ? AND position < ? ORDER BY position DESC LIMIT ?
"""
ROOM_JOURNAL = """
    SELECT position, room_id, change_id, cause, by_user, at, kind, payload
    FROM journal WHERE session_id = ? AND room_id = ? ORDER BY position DESC LIMIT ?
"""
SESSION_OF_ROOM = "SELECT session_id FROM breakout_rooms WHERE id = ? LIMIT 1"
EVENT_SESSIONS = "SELECT DISTINCT session_id FROM breakout_rooms WHERE event_id = ? ORDER BY session_id"
FACILITATED_ROOMS = "SELECT DISTINCT room_id FROM breakout_attendance WHERE session_id = ? AND role = ?"
NEWEST = 2**63 - 1
OUTLINES = """
    SELECT s.session_id,
        (SELECT count(*) FROM breakout_users AS u WHERE u.session_id = s.session_id),
        (SELECT count(*) FROM breakout_rooms AS r WHERE r.session_id = s.session_id),
        (SELECT count(*) FROM breakout_rooms AS r WHERE r.session_id = s.session_id AND r.status <> ?)
    FROM breakout_sessions AS s WHERE s.session_id > ? ORDER BY s.session_id LIMIT ?
"""


@frozen
class SessionOutline:
    """One stored session. Attributes: users: Everybody who was ever there. rooms: Closed ones too, as of the last snapshot."""

    session_id: str
    users: int
    rooms: int
    open_rooms: int


def read_attendance(db: Database, session_id: str, after: Stay | None) -> list[Stay]:
    """The next `PAGE_ROWS` stays in the order in which they began. Blocks."""
    start = (after.position, after.user_id) if after else (0, "")
    return [Stay(*row) for row in db.conn.execute(ATTENDANCE, (session_id, *start, PAGE_ROWS)).fetchall()]


def read_journal(db: Database, session_id: str, before_position: int | None, limit: int) -> list[StoredEntry]:
    """At most `limit` events before a position, or the last ones, newest first. Blocks."""
    before = NEWEST if before_position is None else before_position
    return [_journal_row(row) for row in db.conn.execute(JOURNAL, (session_id, before, limit)).fetchall()]


def read_room_journal(db: Database, session_id: str, room_id: str, limit: int) -> list[StoredEntry]:
    """The last `limit` events of one room, newest first. Blocks."""
    return [_journal_row(row) for row in db.conn.execute(ROOM_JOURNAL, (session_id, room_id, limit)).fetchall()]


def read_outlines(db: Database, after: str, limit: int) -> list[SessionOutline]:
    """At most `limit` sessions whose ids come after `after`, in order of their ids; some 20 us each. Blocks."""
    return [SessionOutline(*row) for row in db.conn.execute(OUTLINES, (Status.CLOSED.value, after, limit)).fetchall()]


def read_session_of_room(db: Database, room_id: str) -> str | None:
    """The session that a room belongs to, as of the last snapshot; reads through every room that is stored. Blocks."""
    row = db.conn.execute(SESSION_OF_ROOM, [room_id]).fetchone()
    return None if row is None else row[0]


def read_event_session_ids(db: Database, event_id: str) -> list[str]:
    """The sessions that ever had a room of this event. Blocks."""
    return [row[0] for row in db.conn.execute(EVENT_SESSIONS, [event_id]).fetchall()]


def read_facilitated_room_ids(db: Database, session_id: str) -> frozenset[str]:
    """The rooms in which somebody ever sat as FACILITATOR. Blocks."""
    rows = db.conn.execute(FACILITATED_ROOMS, (session_id, Role.FACILITATOR.value)).fetchall()
    return frozenset(row[0] for row in rows)


def _journal_row(row: tuple[int, str | None, str, str, str | None, int, str, str]) -> StoredEntry:
    position, room_id, change_id, cause, by_user, at, kind, payload = row
    decode = decode_session_event if room_id is None else decode_room_event
    return StoredEntry(position, room_id, change_id, cause, decode_user(by_user), at, decode(kind, payload))
