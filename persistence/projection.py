"""The tables derived from events, written in the events' own transaction.

    breakout_messages     one row per chat message
    breakout_attendance   one row per stay of one person in one room, open while `left_at` is NULL
    breakout_users        everybody who was ever connected to a session
    breakout_rooms        the first row of a new room; snapshots keep it up to date from then on

A stay begins with a seat taken or given back at a reopening, and ends with the seat or the room. Its role is the one the
person sat down with. A person who is already there when a seat is taken begins a new stay.
"""

import sqlite3
from collections.abc import Sequence

from breakout import room_events as ev
from breakout.chat import Message
from breakout.ports import Change, JournalEntry, StoredRoom
from breakout.room import Seat
from breakout.session import UserSeen
from persistence.snapshot import write_room

INSERT_MESSAGE = "INSERT INTO breakout_messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
BEGIN_STAY = "INSERT INTO breakout_attendance VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, 0)"
OPEN_STAYS = "breakout_attendance INDEXED BY breakout_attendance_open"  # else SQLite reads every stay of the session
IN_ROOM = "WHERE session_id = ? AND room_id = ? AND left_at IS NULL"
END_STAY = f"UPDATE {OPEN_STAYS} SET left_at = ? {IN_ROOM} AND user_id = ?"  # noqa: S608  constants only
END_STAYS = f"UPDATE {OPEN_STAYS} SET left_at = ? {IN_ROOM}"  # noqa: S608
ADD_SPEAKING = f"UPDATE {OPEN_STAYS} SET speaking_seconds = speaking_seconds + ? {IN_ROOM} AND user_id = ?"  # noqa: S608
NOTE_USER = """
    INSERT INTO breakout_users VALUES (?, ?, ?, ?, ?) ON CONFLICT (session_id, user_id)
    DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name
"""


def project(conn: sqlite3.Connection, changes: Sequence[Change], first_position: int) -> None:
    """Write what the entries of `changes` mean for the derived tables; the first entry has `first_position`."""
    position = first_position
    for change in changes:
        for entry in change.entries:
            if entry.room_id is not None:
                _project_room(conn, change.session_id, entry, position)
            elif isinstance(entry.event, UserSeen):
                user = entry.event.user
                conn.execute(NOTE_USER, (change.session_id, user.id, user.first_name, user.last_name, change.at))
            position += 1


def _project_room(conn: sqlite3.Connection, session_id: str, entry: JournalEntry, position: int) -> None:
    room = (session_id, entry.room_id)
    match entry.event:
        case ev.SeatTaken(seat):
            conn.execute(END_STAY, (seat.joined_at, *room, seat.user.id))
            _begin_stay(conn, room, position, seat, seat.joined_at)
        case ev.SeatLeft(user_id, at):
            conn.execute(END_STAY, (at, *room, user_id))
        case ev.SpokeFor(user_id, seconds):
            conn.execute(ADD_SPEAKING, (seconds, *room, user_id))
        case ev.MessageSent(message):
            conn.execute(INSERT_MESSAGE, (*room, position, *_message_columns(message)))
        case ev.RoomClosed(_, ended_at):
            conn.execute(END_STAYS, (ended_at, *room))
        case ev.RoomReopened(at, seats):
            for seat in seats:
                _begin_stay(conn, room, position, seat, at)
        case ev.RoomCreated(state):
            write_room(conn, session_id, StoredRoom(state, position))


def _begin_stay(
    conn: sqlite3.Connection, room: tuple[str, str | None], position: int, seat: Seat, joined_at: int
) -> None:
    session_id, room_id = room
    user = seat.user
    columns = (session_id, position, user.id, room_id, user.first_name, user.last_name, seat.role.value, joined_at)
    conn.execute(BEGIN_STAY, columns)


def _message_columns(message: Message) -> tuple[object, ...]:
    user = message.user
    return message.id, user.id, user.first_name, user.last_name, message.text, message.sent_at
