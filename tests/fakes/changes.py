"""Changes, events and states for tests of the journal and the store."""

from collections.abc import Sequence
from itertools import count

import trio
from attrs import evolve

from breakout import room_events as ev
from breakout.chat import Message
from breakout.countdown import Countdown, start
from breakout.identity import User
from breakout.ports import Change, Journal, JournalEntry, KeyedReply
from breakout.room import CloseReason, Role, RoomState, Seat
from breakout.session import Recall, RecallMode, SessionEvent

NOW = 1_790_000_000_000
ANA = User("ana", "Ana", "Álvarez")
BEN = User("ben", "Ben", "Ødegård")

_numbers = count(1)


def change(
    *events: ev.RoomEvent | SessionEvent, room: str | None = "r1", session: str = "s1", keyed: KeyedReply | None = None
) -> Change:
    """One change of one room (None: of the session) that holds all of `events`."""
    entries = tuple(JournalEntry(room, event) for event in events)
    return Change(session, f"c{next(_numbers)}", NOW, "test", ANA, entries, keyed)


def room(room_id: str = "r1", session: str = "s1", **fields: object) -> RoomState:
    plain = RoomState(id=room_id, session_id=session, name=f"Room {room_id}", creator=ANA, created_at=NOW)
    return evolve(plain, **fields)  # type: ignore[arg-type]


def created(room_id: str = "r1", session: str = "s1", **fields: object) -> Change:
    return change(ev.RoomCreated(room(room_id, session, **fields)), room=room_id, session=session)


def seat(user: User = ANA, number: int = 1, at: int = NOW) -> Seat:
    return Seat(user, Role.PARTICIPANT, at, number)


def taken(user: User = ANA, number: int = 1, at: int = NOW) -> ev.SeatTaken:
    return ev.SeatTaken(seat(user, number, at))


def said(text: str, number: int = 1, room_id: str = "r1") -> ev.MessageSent:
    return ev.MessageSent(Message(f"m{number}", room_id, ANA, text, NOW + number))


def running(seconds: int = 900) -> Countdown:
    return start(seconds, NOW)


def closed(at: int = NOW) -> ev.RoomClosed:
    return ev.RoomClosed(CloseReason.CLOSED, at, "recall-1")


def recall() -> Recall:
    return Recall("recall-1", RecallMode.FORCED, NOW, NOW + 10_000, frozenset({"r1"}), frozenset({"ana"}), ANA)


def keyed(key: str = "k1", at: int = NOW, reply: bytes = b'{"success":true,"data":{}}') -> KeyedReply:
    return KeyedReply("ana", key, b"\x00digest", reply, at)


async def store(journal: Journal, changes: Sequence[Change]) -> list[int | None]:
    """Submit all at once and wait for the outcomes."""
    outcomes: list[int | None] = []
    finished = trio.Event()

    def done(outcome: int | None) -> None:
        outcomes.append(outcome)
        if len(outcomes) == len(changes):
            finished.set()

    for item in changes:
        journal.submit(item, done)
    await finished.wait()
    return outcomes
