"""What the actors rely on, over the store in memory and over SQLite."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import trio
from attrs import evolve, frozen

from breakout import room_events as ev
from breakout.errors import Overloaded
from breakout.ports import Journal, Snapshot, Store, StoredRoom
from breakout.session import RecallAnnounced, RecallCompleted, SessionState, UserSeen
from persistence import PersistenceSettings, open_persistence
from tests.fakes.changes import (
    ANA,
    BEN,
    NOW,
    change,
    closed,
    created,
    keyed,
    recall,
    room,
    running,
    said,
    store,
    taken,
)
from tests.fakes.memory_store import MemoryStore

REFUSE = "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.journal BEGIN SELECT RAISE(ABORT, 'no'); END"


@frozen
class Ports:
    """`fail` makes every commit fail until `mend`; `batches` counts the calls of `after_batch`."""

    journal: Journal
    store: Store
    fail: Callable[[], Awaitable[None]]
    mend: Callable[[], Awaitable[None]]
    batches: list[None]


@asynccontextmanager
async def in_memory(_: Path, max_waiting: int = 20_000) -> AsyncIterator[Ports]:
    batches: list[None] = []
    memory = MemoryStore(after_batch=lambda: batches.append(None), max_waiting=max_waiting)

    async def fail() -> None:
        memory.fail_next()

    yield Ports(memory.journal, memory.store, fail, trio.lowlevel.checkpoint, batches)


@asynccontextmanager
async def in_sqlite(directory: Path, max_waiting: int = 20_000) -> AsyncIterator[Ports]:
    batches: list[None] = []
    settings = PersistenceSettings(max_waiting_changes=max_waiting)
    async with open_persistence(
        directory / "contract.db", settings, after_batch=lambda: batches.append(None)
    ) as opened:

        async def fail() -> None:
            await opened.store._lane.run(lambda db: db.execute(REFUSE))

        async def mend() -> None:
            await opened.store._lane.run(lambda db: db.execute("DROP TRIGGER temp.refuse"))

        yield Ports(opened.journal, opened.store, fail, mend, batches)


Opener = Callable[..., AbstractAsyncContextManager[Ports]]


@pytest.fixture(params=[in_memory, in_sqlite], ids=["memory", "sqlite"])
def open_ports(request: pytest.FixtureRequest) -> Opener:
    opener: Opener = request.param
    return opener


@pytest.fixture
async def ports(open_ports: Opener, tmp_path: Path) -> AsyncIterator[Ports]:
    async with open_ports(tmp_path) as opened:
        yield opened


async def test_changes_are_reported_in_order_with_the_position_of_their_last_entry(ports: Ports) -> None:
    outcomes = await store(
        ports.journal, [created(), change(taken(), said("hello")), change(keyed=keyed()), change(said("again", 2))]
    )
    assert outcomes == [1, 3, 0, 4]


async def test_done_is_not_called_from_inside_submit(ports: Ports) -> None:
    outcomes: list[int | None] = []
    ports.journal.submit(created(), outcomes.append)
    assert outcomes == []
    await ports.store.load_room("s1", "r1")
    assert outcomes == [1]


async def test_after_batch_is_called_once_for_changes_submitted_together(ports: Ports) -> None:
    await store(ports.journal, [created(f"r{n}") for n in range(20)])
    await ports.store.active_session_ids()
    assert len(ports.batches) == 1


async def test_load_sees_changes_submitted_before_it_that_nobody_waited_for(ports: Ports) -> None:
    for item in [created(), change(taken()), change(UserSeen(BEN), room=None)]:
        ports.journal.submit(item, lambda _: None)
    loaded = await ports.store.load_session("s1", now=NOW)
    assert loaded.rooms["r1"].state.seats == {"ana": taken().seat}
    assert loaded.state.users == {"ben": BEN}
    assert (loaded.rooms["r1"].position, loaded.position) == (2, 3)


async def test_unknown_session_is_empty_and_unknown_room_is_none(ports: Ports) -> None:
    loaded = await ports.store.load_session("new", now=NOW)
    assert (loaded.state, dict(loaded.rooms), list(loaded.keyed_replies), loaded.position) == (
        SessionState("new"), {}, [], 0,
    )  # fmt: skip
    assert await ports.store.load_room("new", "r1") is None


async def test_room_of_another_session_is_not_found(ports: Ports) -> None:
    await store(ports.journal, [created(session="s1")])
    assert await ports.store.load_room("s2", "r1") is None


async def test_last_hundred_messages_come_back_in_order(ports: Ports) -> None:
    await store(ports.journal, [created(), *(change(said(f"t{n}", n)) for n in range(130))])
    loaded = await ports.store.load_room("s1", "r1")
    assert loaded is not None
    assert [message.text for message in loaded.state.messages] == [f"t{n}" for n in range(30, 130)]


async def test_failed_commit_reports_none_for_everything_submitted_and_stores_nothing(ports: Ports) -> None:
    await store(ports.journal, [created()])
    await ports.fail()
    assert await store(ports.journal, [change(taken()), change(said("lost"))]) == [None, None]
    loaded = await ports.store.load_room("s1", "r1")
    assert loaded is not None
    assert (loaded.state, loaded.position) == (room(), 1)


async def test_journal_works_again_after_a_failed_commit_and_no_position_is_lost(ports: Ports) -> None:
    await ports.fail()
    assert await store(ports.journal, [created()]) == [None]
    await ports.mend()
    assert await store(ports.journal, [created(), change(taken())]) == [1, 2]


async def test_submit_is_refused_when_the_queue_is_full_and_nothing_is_queued(open_ports: Opener, tmp_path: Path) -> None:
    async with open_ports(tmp_path, max_waiting=2) as ports:
        ports.journal.submit(created("r1"), lambda _: None)
        ports.journal.submit(created("r2"), lambda _: None)
        with pytest.raises(Overloaded):
            ports.journal.submit(created("r3"), lambda _: None)
        assert set((await ports.store.load_session("s1", now=NOW)).rooms) == {"r1", "r2"}


async def test_keyed_reply_is_remembered_for_ten_minutes(ports: Ports) -> None:
    await store(ports.journal, [change(keyed=keyed())])
    just_before = await ports.store.load_session("s1", now=NOW + 599_999)
    assert list(just_before.keyed_replies) == [keyed()]
    assert not (await ports.store.load_session("s1", now=NOW + 600_000)).keyed_replies


async def test_later_reply_under_the_same_key_replaces_the_former(ports: Ports) -> None:
    later = keyed(at=NOW + 700_000, reply=b'{"success":false}')
    await store(ports.journal, [change(keyed=keyed()), change(keyed=later)])
    assert list((await ports.store.load_session("s1", now=NOW + 700_000)).keyed_replies) == [later]


async def test_sessions_with_work_are_active_and_others_are_not(ports: Ports) -> None:
    await store(ports.journal, [
        created(session="empty"),
        created(session="seated"), change(taken(), session="seated"),
        created(session="timed"), change(ev.TimerStarted(running(), NOW), session="timed"),
        created(session="over"), change(taken(), closed(), session="over"),
        change(RecallAnnounced(recall()), room=None, session="recalled"),
        change(RecallAnnounced(recall()), RecallCompleted(NOW), room=None, session="returned"),
        change(UserSeen(ANA), room=None, session="visited"),
    ])  # fmt: skip
    assert list(await ports.store.active_session_ids()) == ["recalled", "seated", "timed"]


async def test_load_after_a_snapshot_adds_the_events_behind_it(ports: Ports) -> None:
    await store(ports.journal, [created(), change(taken(), said("before"))])
    before = await ports.store.load_session("s1", now=NOW)
    await store(ports.journal, [change(said("after", 2), taken(BEN, 2)), change(UserSeen(ANA), room=None)])
    expected = await ports.store.load_session("s1", now=NOW)
    await ports.store.save_snapshots([Snapshot(before.state, "s1", before.position, tuple(before.rooms.values()))])
    assert await ports.store.load_session("s1", now=NOW) == expected


async def test_snapshot_older_than_the_stored_one_is_ignored(ports: Ports) -> None:
    await store(ports.journal, [created(), change(taken()), change(UserSeen(ANA), room=None)])
    newest = await ports.store.load_session("s1", now=NOW)
    old = Snapshot(SessionState("s1"), "s1", 1, (StoredRoom(room(), 1),))
    await ports.store.save_snapshots([Snapshot(newest.state, "s1", 3, tuple(newest.rooms.values()))])
    await ports.store.save_snapshots([old])
    assert evolve(await ports.store.load_session("s1", now=NOW), keyed_replies=()) == evolve(newest, keyed_replies=())
