"""What comes back is what was committed, wherever the snapshots fell and however often the server restarted."""

import random
from functools import partial

import pytest
from attrs import evolve

from breakout import room_events as ev
from breakout.countdown import extend, pause, resume
from breakout.identity import User
from breakout.ports import Change, Snapshot, StoredSession
from breakout.room import CloseReason, Closing, HelpRequest
from breakout.session import (
    CompanionSet,
    OperatorActed,
    RecallAcknowledged,
    RecallAnnounced,
    RecallCancelled,
    RecallCompleted,
    RecallReturned,
    SessionEvent,
    UserReadmitted,
    UserRemoved,
    UserSeen,
)
from persistence import Persistence
from persistence.event_codec import ROOM_EVENTS, SESSION_EVENTS
from tests.fakes.changes import NOW, change, closed, created, keyed, recall, running, said, seat, store, taken
from tests.fakes.memory_store import MemoryStore
from tests.persistence.conftest import Opener

PEOPLE = [User(name, name.title(), "Ω") for name in ("ana", "ben", "cem", "dóra")]
ROOMS = ["r1", "r2", "r3"]


def room_event(rng: random.Random, room_id: str) -> ev.RoomEvent:
    """Any event; `apply` is total, so whether it makes sense does not matter."""
    user, number = rng.choice(PEOPLE), rng.randrange(10_000)
    timer = running(900)
    events: list[ev.RoomEvent] = [
        taken(user, number, NOW + number), taken(user, number),
        ev.SeatLeft(user.id, NOW + number, ev.LeaveCause.LEFT), ev.SpokeFor(user.id, number),
        said(f"text {number}", number, room_id), said(f"text {number}", number, room_id),
        ev.RoomUpdated(f"name {number}", None, 5, 30, auto_assign=True, locked=False, facilitator=user),
        ev.TimerStarted(timer, NOW + number), ev.TimerExtended(extend(timer, number, NOW)),
        ev.TimerPaused(pause(timer, NOW + number)), ev.TimerResumed(resume(pause(timer, NOW), NOW + number)),
        ev.WarningGiven(rng.choice([300, 60])), ev.TimerStopped(),
        ev.RoomClosing(Closing(CloseReason.RECALL, NOW + number, "c1")), ev.ClosingCancelled(), closed(NOW + number),
        ev.RoomReopened(NOW, (seat(user, number),)),
        ev.CompanionMarked(user.id, companion=rng.random() < 0.5),
        ev.HelpRequested(HelpRequest("h1", user, "why", NOW)), ev.HelpClaimed(user), ev.HelpClosed(resolved=True),
    ]  # fmt: skip
    return rng.choice(events)


def session_event(rng: random.Random) -> SessionEvent:
    user, at = rng.choice(PEOPLE), NOW + rng.randrange(10_000)
    events: list[SessionEvent] = [
        UserSeen(user), RecallAnnounced(evolve(recall(), expected=frozenset({"ana", "ben"}))), RecallAcknowledged(user.id, at),
        RecallReturned(at), RecallCancelled(at), RecallCompleted(at), CompanionSet(user.id, rng.choice([None, "ana"])),
        UserRemoved(user.id, at), UserReadmitted(user.id), OperatorActed("room.restart", "r1"),
    ]  # fmt: skip
    return rng.choice(events)


def random_change(rng: random.Random) -> Change:
    if rng.random() < 0.2:
        return change(session_event(rng), room=None)
    room_id = rng.choice(ROOMS)
    events = [room_event(rng, room_id) for _ in range(rng.randrange(1, 4))]
    return change(*events, room=room_id, keyed=keyed(f"k{rng.randrange(9)}") if rng.random() < 0.3 else None)


def random_changes(rng: random.Random) -> list[Change]:
    """The creation of `ROOMS` and 200 changes, a second apart, so that retention has something to prune."""
    changes = [created(name) for name in ROOMS] + [random_change(rng) for _ in range(200)]
    return [evolve(item, at=NOW + 1_000 * number) for number, item in enumerate(changes)]


async def save_some(persistence: Persistence, rng: random.Random) -> None:
    """A snapshot of the session or not, and of some of its rooms."""
    stored = await persistence.store.load_session("s1", now=NOW)
    rooms = tuple(room for room in stored.rooms.values() if rng.random() < 0.6)
    session = stored.state if rng.random() < 0.5 else None
    await persistence.store.save_snapshots([Snapshot(session, "s1", stored.position, rooms)])


def comparable(stored: StoredSession) -> tuple[object, ...]:
    return (
        stored.state, dict(stored.rooms), stored.position, sorted(stored.keyed_replies, key=lambda keyed: keyed.key),
    )  # fmt: skip


def test_histories_hold_every_kind_of_event_but_the_creation() -> None:
    rng = random.Random(0)
    kinds = {type(make(rng)).__name__ for make in (partial(room_event, room_id="r1"), session_event) for _ in range(2_000)}
    assert kinds == {*ROOM_EVENTS, *SESSION_EVENTS} - {"RoomCreated"}


async def check_same(opened: Persistence, memory: MemoryStore) -> None:
    expected = comparable(await memory.load_session("s1", now=NOW))
    assert comparable(await opened.store.load_session("s1", now=NOW)) == expected
    assert await opened.store.active_session_ids() == await memory.active_session_ids()


@pytest.mark.parametrize("seed", range(20))
async def test_restored_session_equals_the_one_that_never_stopped(opener: Opener, seed: int) -> None:
    rng = random.Random(seed)
    memory = MemoryStore()
    changes = random_changes(rng)
    while changes:
        async with opener(commit_interval_seconds=0, retention_seconds=rng.choice([0, 60])) as opened:
            await check_same(opened, memory)
            for _ in range(rng.randrange(1, 6)):
                part, changes = changes[:20], changes[20:]
                assert not part or await store(opened.journal, part) == await store(memory, part)
                await save_some(opened, rng)
                await check_same(opened, memory)


async def test_messages_of_the_snapshot_and_of_the_journal_come_back_once_each(persistence: Persistence) -> None:
    await store(persistence.journal, [created(), *(change(said(f"t{n}", n)) for n in range(5))])
    stored = await persistence.store.load_session("s1", now=NOW)
    await store(persistence.journal, [change(said("t5", 5))])
    await persistence.store.save_snapshots([Snapshot(stored.state, "s1", stored.position, tuple(stored.rooms.values()))])
    loaded = await persistence.store.load_room("s1", "r1")
    assert loaded is not None
    assert [message.text for message in loaded.state.messages] == ["t0", "t1", "t2", "t3", "t4", "t5"]


async def test_rooms_of_one_instant_come_back_in_the_order_in_which_they_were_created(persistence: Persistence) -> None:
    names = ["zoe", "amy", "max", "ben", "kim"]
    await store(persistence.journal, [created(name, ordinal=n) for n, name in enumerate(names)])
    assert list((await persistence.store.load_session("s1", now=NOW)).rooms) == names
