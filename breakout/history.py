"""What organizers did, in sentences, and what it takes to undo it.

A change is everything one command caused; its entries share a change id in the journal. Undoing never rewrites history: it is a new
change that leads back, as far as it still can.
"""

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from breakout import room_events as ev
from breakout.identity import User
from breakout.ports import StoredEntry
from breakout.room import RoomState, SeatedBy, Status
from breakout.session import RecallAnnounced, SessionState


@frozen
class StoredChange:
    """One command of a person with its journal entries, oldest first."""

    id: str
    at: int
    by: User
    cause: str
    entries: tuple[StoredEntry, ...]


@frozen
class Undo:
    """What leads back.

    Attributes:
        cancel_recall: The recall that still runs or collects receipts.
        cancel_closing: The rooms that are still closing, with the announcement to take back.
        reopen: The rooms to open again; whoever sat there and sits nowhere gets their seat back.
        reseat: Whom to seat where (None: the main session).
    """

    cancel_recall: str | None = None
    cancel_closing: tuple[tuple[str, str], ...] = ()
    reopen: tuple[str, ...] = ()
    reseat: tuple[tuple[str, str | None], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.cancel_recall or self.cancel_closing or self.reopen or self.reseat)


SENTENCES = {
    "breakout.room.create": "created {rooms}",
    "breakout.rooms.create": "created {rooms}",
    "breakout.room.update": "changed {rooms}",
    "breakout.room.close": "closed {rooms}",
    "breakout.room.reopen": "reopened {rooms}",
    "breakout.timer.start": "started the timer of {rooms}",
    "breakout.timer.extend": "changed the timer of {rooms}",
    "breakout.timer.extendAll": "changed the timers of {rooms}",
    "breakout.timer.pause": "paused the timer of {rooms}",
    "breakout.timer.resume": "resumed the timer of {rooms}",
    "breakout.timer.stop": "stopped the timer of {rooms}",
    "breakout.all.recall": "recalled everybody",
    "breakout.recall.cancel": "cancelled the recall",
    "breakout.participant.move": "moved {people}",
    "breakout.participants.swap": "swapped {people}",
    "breakout.assignments.apply": "assigned {people} to {rooms}",
    "breakout.assignments.import": "assigned {people} to {rooms}",
    "breakout.companion.set": "changed who accompanies whom",
    "breakout.history.undo": "took back a change",
}
"""What is listed, and how. Seats that people take themselves, and chat, are not."""

SHOWN_NAMES = 3


def changes_of(entries: Iterable[StoredEntry]) -> list[StoredChange]:
    """The changes in these entries (newest first, as the journal is read), newest first."""
    groups: dict[str, list[StoredEntry]] = {}
    for entry in entries:
        if entry.by is not None and entry.cause in SENTENCES:
            groups.setdefault(entry.change_id, []).append(entry)
    return [_change(change_id, group) for change_id, group in groups.items()]


def summary(change: StoredChange, session: SessionState, rooms: Mapping[str, RoomState]) -> str:
    """One sentence without its subject: 'closed "Blue"', 'moved Ben Okri'."""
    room_ids = dict.fromkeys(entry.room_id for entry in change.entries if entry.room_id is not None)
    names = [f'"{rooms[i].name}"' for i in room_ids if i in rooms]
    taken = [entry.event.seat.user.id for entry in change.entries if isinstance(entry.event, ev.SeatTaken)]
    left = [entry.event.user_id for entry in change.entries if isinstance(entry.event, ev.SeatLeft)]
    people = [_full_name(i, session.users.get(i)) for i in dict.fromkeys([*taken, *left])]
    return SENTENCES[change.cause].format(rooms=_listed(names, "rooms"), people=_listed(people, "people"))


def undo_of(change: StoredChange, session: SessionState, rooms: Mapping[str, RoomState]) -> Undo:
    """What leads back from `change` now; false when nothing does any more."""
    for entry in change.entries:
        if isinstance(entry.event, RecallAnnounced):
            return _undo_announcement(entry.event.recall.id, session, rooms.values())
    if change.cause == "breakout.room.close":
        return _undo_close(change, rooms)
    if change.cause in ("breakout.participant.move", "breakout.participants.swap") or "assignments" in change.cause:
        return Undo(reseat=tuple(_former_seats(change, rooms)))
    return Undo()


def _change(change_id: str, newest_first: Sequence[StoredEntry]) -> StoredChange:
    first = newest_first[-1]
    assert first.by is not None
    return StoredChange(change_id, first.at, first.by, first.cause, tuple(reversed(newest_first)))


def _full_name(user_id: str, user: User | None) -> str:
    return user_id if user is None else f"{user.first_name} {user.last_name}".strip() or user_id


def _listed(names: Sequence[str], what: str) -> str:
    if not names:
        return f"some {what}"
    return ", ".join(names) if len(names) <= SHOWN_NAMES else f"{len(names)} {what}"


def _undo_announcement(recall_id: str, session: SessionState, rooms: Iterable[RoomState]) -> Undo:
    running = session.recall is not None and session.recall.id == recall_id
    if session.recall is not None and running and not session.recall.returned:
        return Undo(cancel_recall=recall_id)
    closed = tuple(room.id for room in rooms if not room.open and room.recall_id == recall_id)
    return Undo(cancel_recall=recall_id if running and closed else None, reopen=closed)


def _undo_close(change: StoredChange, rooms: Mapping[str, RoomState]) -> Undo:
    for entry in change.entries:
        room = rooms.get(entry.room_id or "")
        if room is None:
            continue
        if isinstance(entry.event, ev.RoomClosing) and room.closing == entry.event.closing:
            return Undo(cancel_closing=((room.id, room.closing.recall_id),))
        announced = entry.event.closing.recall_id if isinstance(entry.event, ev.RoomClosing) else None
        closed = entry.event.recall_id if isinstance(entry.event, ev.RoomClosed) else announced
        if closed is not None and room.status is Status.CLOSED and room.recall_id == closed:
            return Undo(reopen=(room.id,))
    return Undo()


def _former_seats(change: StoredChange, rooms: Mapping[str, RoomState]) -> Iterable[tuple[str, str | None]]:
    """Where those who were moved sat before, as far as they still sit where the change put them or others did since."""
    taken = {e.event.seat.user.id: (e.room_id, e.event.seat.number) for e in change.entries if isinstance(e.event, ev.SeatTaken)}
    left = {e.event.user_id: e.room_id for e in change.entries if isinstance(e.event, ev.SeatLeft)}
    seats = {user_id: (room.id, seat) for room in rooms.values() for user_id, seat in room.seats.items()}
    for user_id in dict.fromkeys([*taken, *left]):
        former = left.get(user_id)
        if former is not None and (former not in rooms or not rooms[former].enterable):
            continue
        room_id, seat = seats.get(user_id, (None, None))
        put = taken.get(user_id) == (None if seat is None else (room_id, seat.number))
        placed_since = seat is not None and seat.by is not SeatedBy.SELF
        if room_id != former and (put or placed_since):
            yield user_id, former


def returning(reopened: Iterable[RoomState], rooms: Mapping[str, RoomState]) -> dict[str, str]:
    """Who sat in reopened rooms and was seated elsewhere since, but not by their own choice: back to the room they had."""
    elsewhere = {user_id: seat for room in rooms.values() for user_id, seat in room.seats.items()}
    return {
        user_id: room.id
        for room in reopened
        for user_id in room.former_seats
        if user_id in elsewhere and elsewhere[user_id].by is not SeatedBy.SELF and user_id not in room.seats
    }
