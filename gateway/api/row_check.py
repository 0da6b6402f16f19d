"""Which rows of an import can be done, and what is wrong with the others."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve, frozen

from breakout.contract.commands import Placement
from breakout.room import RoomState
from gateway.api.assignment_rows import AssignmentRow
from gateway.api.committed import Roster
from gateway.api.csv_cells import without_apostrophe


@frozen
class CheckedRow:
    """A row with what became of it.

    Attributes:
        user_id: Of the person found; as written where nobody was.
        room_id: Of the room found.
        code: What is wrong, None while nothing is; the codes of commands.
        message: The same for people.
    """

    row: AssignmentRow
    user_id: str
    room_id: str | None = None
    code: str | None = None
    message: str | None = None

    @property
    def placement(self) -> Placement | None:
        """What the row asks for; None when something is wrong with it."""
        return None if self.code is not None or self.room_id is None else Placement(self.user_id, self.room_id)

    def wrong(self, code: str, message: str) -> "CheckedRow":
        return evolve(self, code=code, message=message)

    def report(self) -> dict[str, str | int | None]:
        """The row as the answer has it."""
        return {
            "line": self.row.line,
            "userId": self.user_id,
            "room": self.row.room,
            "roomId": self.room_id,
            "status": "ok" if self.code is None else "error",
            "code": self.code,
            "message": self.message,
        }


def check_rows(rows: Iterable[AssignmentRow], roster: Roster) -> list[CheckedRow]:
    """Find the person and the room of each row. Whether the rooms hold them all, only the planner knows."""
    finder = _Finder(roster)
    lines: dict[str, int] = {}
    checked = []
    for row in rows:
        found = finder.check(row)
        if found.code is None:
            first = lines.setdefault(found.user_id, row.line)
            if first != row.line:
                found = found.wrong("conflict", f"{found.user_id} is in line {first} already")
        checked.append(found)
    return checked


def check_outcome(rows: Iterable[CheckedRow], placed: Mapping[str, str], why: str) -> list[CheckedRow]:
    """Mark the rows whose person is not in `placed` with the room they ask for."""
    return [
        row.wrong("room_full", why) if row.placement and placed.get(row.user_id) != row.room_id else row for row in rows
    ]


class _Finder:
    """Finds people and rooms as they are written in cells."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._rooms = {room.id: room for room in roster.rooms}
        self._named: dict[str, list[RoomState]] = {}
        for room in roster.rooms:
            self._named.setdefault(_same(room.name), []).append(room)

    def check(self, row: AssignmentRow) -> CheckedRow:
        user_id = row.user if row.user in self._roster.user_ids else without_apostrophe(row.user)
        if len(row.cells) != 2:
            wanted = "a row has two cells: a user id and a room's name or id"
            return CheckedRow(row, user_id).wrong("invalid_data", f"{wanted}; this one has {len(row.cells)}")
        if user_id not in self._roster.user_ids:
            return CheckedRow(row, row.user).wrong("user_not_found", "nobody of that id has been in this session")
        if user_id in self._roster.put_out:
            return CheckedRow(row, user_id).wrong("user_not_found", f"an operator has put {user_id} out of this session")
        if user_id in self._roster.left_out:
            return CheckedRow(row, user_id).wrong("forbidden", f"{user_id} {self._roster.left_out[user_id]}; move them")
        return self._with_room(CheckedRow(row, user_id))

    def _with_room(self, found: CheckedRow) -> CheckedRow:
        rooms = self._find(found.row.room)
        if not rooms:
            return found.wrong("room_not_found", "there is no room of that name or id in this session")
        usable = [room for room in rooms if room.enterable]
        if not usable:
            return found.wrong("room_closed", "the room is closed or closing")
        if len(usable) > 1:
            return found.wrong("conflict", f"{len(usable)} rooms have this name; write the id: {_ids(usable)}")
        return evolve(found, room_id=usable[0].id)

    def _find(self, cell: str) -> Sequence[RoomState]:
        for text in dict.fromkeys((cell, without_apostrophe(cell))):
            if text in self._rooms:
                return [self._rooms[text]]
            if _same(text) in self._named:
                return self._named[_same(text)]
        return []


def _same(name: str) -> str:
    """Equal for names that people take for the same: in any case, and however accents are encoded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _ids(rooms: Sequence[RoomState]) -> str:
    return " or ".join(room.id for room in rooms[:5])
