"""Snapshots: the tables `breakout_rooms`, `breakout_participants` and `breakout_sessions`.

Each row says up to which journal position it is true. `state` is what restores it; the other columns are for tools that
read the file, and follow the wire's Room and Participant. Left out is what changes without a change: presence, who
speaks just now, and the rest of a running timer (`timer_ends_at` has its end; `timer_remaining_seconds` is set while it
is paused).

`active` marks what has work to do without anybody connected, so that a start need not read the rest.
"""

import sqlite3
from collections.abc import Sequence

from sqlite_utils import Database

from breakout.countdown import Countdown
from breakout.identity import User
from breakout.ports import Snapshot, StoredRoom
from breakout.room import RoomState
from breakout.session import SessionState
from persistence.database import transaction
from persistence.event_codec import encode_room, encode_session

ROOM_COLUMNS = (
    "session_id", "id", "event_id", "name", "topic", "max_participants", "duration_minutes", "auto_assign", "locked",
    "status", "created_at", "started_at", "ended_at",
    "creator_id", "creator_first_name", "creator_last_name",
    "facilitator_id", "facilitator_first_name", "facilitator_last_name",
    "participant_count", "help_requested",
    "timer_state", "timer_duration_seconds", "timer_started_at", "timer_ends_at", "timer_remaining_seconds",
    "timer_revision", "revision", "position", "active", "state",
)  # fmt: skip

WRITE_ROOM = f"""
    INSERT INTO breakout_rooms ({", ".join(ROOM_COLUMNS)}) VALUES ({", ".join("?" * len(ROOM_COLUMNS))})
    ON CONFLICT (session_id, id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in ROOM_COLUMNS[2:])}
    WHERE excluded.position >= breakout_rooms.position
"""  # noqa: S608  constants only
WRITE_SESSION = """
    INSERT INTO breakout_sessions (session_id, position, active, state) VALUES (?, ?, ?, ?)
    ON CONFLICT (session_id) DO UPDATE SET position = excluded.position, active = excluded.active, state = excluded.state
    WHERE excluded.position >= breakout_sessions.position
"""
DELETE_PARTICIPANTS = "DELETE FROM breakout_participants WHERE session_id = ? AND room_id = ?"
INSERT_PARTICIPANT = "INSERT INTO breakout_participants VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


def write_snapshots(db: Database, snapshots: Sequence[Snapshot]) -> None:
    """Write all of `snapshots` in one transaction; parts older than what is stored are skipped. Blocks."""
    with transaction(db) as conn:
        for snapshot in snapshots:
            if snapshot.session is not None:
                _write_session(conn, snapshot.session, snapshot.session_position)
            for room in snapshot.rooms:
                write_room(conn, snapshot.session_id, room)


def write_room(conn: sqlite3.Connection, session_id: str, room: StoredRoom) -> None:
    """Write one room and its seats within the caller's transaction, unless what is stored is newer."""
    if not conn.execute(WRITE_ROOM, _room_columns(session_id, room)).rowcount:
        return
    key = (session_id, room.state.id)
    conn.execute(DELETE_PARTICIPANTS, key)
    conn.executemany(INSERT_PARTICIPANT, [(*key, *columns) for columns in _participants(room.state)])


def room_has_work(state: RoomState) -> bool:
    """Whether the room must be in memory although nobody is connected: a running timer, a grace, seats that are held."""
    running = state.countdown is not None and state.countdown.running
    return state.open and (running or state.closing is not None or bool(state.seats))


def session_has_work(state: SessionState) -> bool:
    """Whether a recall runs or collects receipts."""
    return state.recall is not None


def _write_session(conn: sqlite3.Connection, state: SessionState, position: int) -> None:
    conn.execute(WRITE_SESSION, (state.id, position, session_has_work(state), encode_session(state)))


def _room_columns(session_id: str, room: StoredRoom) -> tuple[object, ...]:
    state = room.state
    return (
        session_id, state.id, state.event_id, state.name, state.topic, state.max_participants, state.duration_minutes,
        state.auto_assign, state.locked, state.status.value, state.created_at, state.started_at, state.ended_at,
        *_user_columns(state.creator), *_user_columns(state.facilitator), state.participant_count,
        state.help is not None, *_timer_columns(state.countdown), state.revision,
        room.position, room_has_work(state), encode_room(state),
    )  # fmt: skip


def _user_columns(user: User | None) -> tuple[str | None, ...]:
    return (None, None, None) if user is None else (user.id, user.first_name, user.last_name)


def _timer_columns(timer: Countdown | None) -> tuple[str | int | None, ...]:
    """State, duration, start, end, seconds left while paused, revision."""
    if timer is None:
        return (None,) * 6
    kind, left = ("running", None) if timer.running else ("paused", timer.remaining_seconds(timer.started_at))
    return kind, timer.duration_seconds, timer.started_at, timer.ends_at, left, timer.revision


def _participants(state: RoomState) -> list[tuple[str | int, ...]]:
    return [
        (user_id, seat.user.first_name, seat.user.last_name, seat.role.value, seat.joined_at, seat.speaking_seconds)
        for user_id, seat in state.seats.items()
    ]
