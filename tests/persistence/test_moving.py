"""Sessions that move between files are the same afterwards, wherever the move is interrupted, and go on from there."""

import random
from collections.abc import Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from breakout import room_events as ev
from breakout.ports import Change, Snapshot
from persistence import PersistenceSettings, moving, open_persistence
from persistence.commit import last_position
from persistence.moving import close_store_file, move_sessions, open_store_file, settle_file, stored_session_ids
from persistence.refusal import DatabaseInUse, Unwritable
from persistence.report import read_attendance, read_facilitated_room_ids, read_journal
from persistence.restore import read_active_session_ids, read_session
from tests.fakes.changes import NOW, change, created, said, store
from tests.fakes.memory_store import MemoryStore
from tests.persistence.test_restore import ROOMS, random_change

SESSIONS = ("s1", "s2", "s3")


@contextmanager
def opened(path: Path) -> Any:
    db = open_store_file(path)
    try:
        yield db
    finally:
        close_store_file(db)


def changes_of(session: str, rng: random.Random) -> list[Change]:
    rooms = [created(name, session) for name in ROOMS]
    return [*rooms, *(evolve(random_change(rng), session_id=session) for _ in range(40))]


async def fill(path: Path, sessions: Sequence[str], rng: random.Random, *, memory: MemoryStore | None = None) -> None:
    """Histories of several sessions, in turns, some of it in snapshots and some of the journal behind them pruned."""
    histories = {session: changes_of(session, rng) for session in sessions}
    settings = PersistenceSettings(commit_interval_seconds=0, retention_seconds=rng.choice([0, 10]))
    async with open_persistence(path, settings, after_batch=lambda: None) as persistence:
        number = 0
        while any(histories.values()):
            session = rng.choice([name for name, left in histories.items() if left])
            item = evolve(histories[session].pop(0), at=NOW + 1_000 * number)
            number += 1
            assert await store(persistence.journal, [item]) != [None]
            if memory is not None:
                await store(memory, [item])
            if rng.random() < 0.1:
                stored = await persistence.store.load_session(session, now=NOW)
                rooms = tuple(room for room in stored.rooms.values() if rng.random() < 0.6)
                await persistence.store.save_snapshots([Snapshot(stored.state, session, stored.position, rooms)])


def picture(db: Any, session: str) -> Any:
    """Everything that anybody can learn of a session, but for the numbers of its positions."""
    stored = read_session(db, session, NOW)
    journal = read_journal(db, session, None, 10_000)
    places = {entry.position: n for n, entry in enumerate(sorted(journal, key=lambda entry: entry.position))}
    return {
        "session": stored.state,
        "rooms": [room.state for room in stored.rooms.values()],
        "included": [places.get(room.position, -1) for room in stored.rooms.values()],
        "keys": sorted(stored.keyed_replies, key=lambda keyed: (keyed.user_id, keyed.key)),
        "journal": [evolve(entry, position=0) for entry in journal],
        "attendance": [evolve(stay, position=0) for stay in read_attendance(db, session, None)],
        "facilitated": read_facilitated_room_ids(db, session),
        "active": session in read_active_session_ids(db),
    }


@pytest.mark.parametrize("seed", range(12))
async def test_moved_session_is_the_same_and_the_others_are_untouched(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    await fill(tmp_path / "a.db", SESSIONS, rng)
    await fill(tmp_path / "b.db", ["t1"], rng)
    with opened(tmp_path / "a.db") as a, opened(tmp_path / "b.db") as b:
        before = {name: picture(a, name) for name in SESSIONS}
        other, untouched = picture(b, "t1"), read_journal(b, "t1", None, 10_000)
        move_sessions(a, b, ["s1", "s3"])
        assert stored_session_ids(a) == ["s2"]
        assert stored_session_ids(b) == ["s1", "s3", "t1"]
        assert {"s1": picture(b, "s1"), "s3": picture(b, "s3"), "s2": picture(a, "s2")} == before
        assert (picture(b, "t1"), read_journal(b, "t1", None, 10_000)) == (other, untouched)
        assert picture(a, "s1")["journal"] == []


@pytest.mark.parametrize("seed", range(6))
async def test_moved_session_goes_on_as_one_that_never_moved(tmp_path: Path, seed: int) -> None:
    rng, memory = random.Random(seed), MemoryStore()
    await fill(tmp_path / "a.db", ["s1"], rng, memory=memory)
    await fill(tmp_path / "b.db", ["t1"], rng)
    with opened(tmp_path / "a.db") as a, opened(tmp_path / "b.db") as b:
        move_sessions(a, b, ["s1"])
    async with open_persistence(tmp_path / "b.db", PersistenceSettings(), after_batch=lambda: None) as persistence:
        more = [evolve(random_change(rng), at=NOW + 900_000) for _ in range(30)]
        assert None not in await store(persistence.journal, more)
        await store(memory, more)
        moved, stayed = await persistence.store.load_session("s1", now=NOW), await memory.load_session("s1", now=NOW)
    assert moved.state == stayed.state
    assert [room.state for room in moved.rooms.values()] == [room.state for room in stayed.rooms.values()]


async def test_positions_stay_few_however_often_sessions_move(tmp_path: Path) -> None:
    rng = random.Random(1)
    await fill(tmp_path / "a.db", SESSIONS, rng)
    with opened(tmp_path / "a.db") as a, opened(tmp_path / "b.db") as b:
        before, rows = picture(a, "s2"), last_position(a)
        for _ in range(10):
            move_sessions(a, b, SESSIONS)
            move_sessions(b, a, SESSIONS)
        assert picture(a, "s2") == before
        assert last_position(a) <= rows * 11


class PowerCut(Exception):
    """Stands for the end of the process."""


def breaking(plan: pytest.MonkeyPatch, name: str, after: int) -> None:
    """Have the `after`-th call of a function of the module raise."""
    calls, plain = [0], getattr(moving, name)

    def fragile(*arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] == after:
            raise PowerCut
        return plain(*arguments)

    plan.setattr(moving, name, fragile)


POINTS = [("_rows", 1), ("_rows", 5), ("_rows", 12), ("_copy", 2), ("_delete", 2), ("_delete", 3), ("_delete", 4), ("_newness", 1)]


@pytest.mark.parametrize(("function", "call"), POINTS)
@pytest.mark.parametrize("back", [False, True])
async def test_move_that_was_interrupted_loses_nothing_and_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, call: int, *, back: bool
) -> None:
    await fill(tmp_path / "a.db", SESSIONS, random.Random(7))
    with opened(tmp_path / "a.db") as a, opened(tmp_path / "b.db") as b:
        before = {name: picture(a, name) for name in SESSIONS}
        with monkeypatch.context() as plan:
            breaking(plan, function, call)
            with pytest.raises(PowerCut):
                move_sessions(a, b, ["s1", "s2"])
        for name in SESSIONS:
            assert before[name] in [picture(db, name) for db in (a, b) if name in stored_session_ids(db)]
        source, target = (b, a) if back else (a, b)
        wanted = [name for name in stored_session_ids(source) if name != "s3"]
        move_sessions(source, target, wanted)
        for name in wanted:
            assert picture(target, name) == before[name]
            assert name not in stored_session_ids(source)
        assert picture(a, "s3") == before["s3"]


async def test_newer_of_two_copies_is_kept(tmp_path: Path) -> None:
    await fill(tmp_path / "a.db", ["s1"], random.Random(3))
    await fill(tmp_path / "b.db", ["s1"], random.Random(3))
    async with open_persistence(tmp_path / "b.db", PersistenceSettings(), after_batch=lambda: None) as persistence:
        late = evolve(change(said("the last word", 9_999), room="r1", session="s1"), at=NOW + 10**9)
        await store(persistence.journal, [late])
    with opened(tmp_path / "a.db") as a, opened(tmp_path / "b.db") as b:
        newer = picture(b, "s1")
        move_sessions(a, b, ["s1"])
        assert picture(b, "s1") == newer
        assert stored_session_ids(a) == []


async def test_move_onto_a_disk_that_is_full_is_refused_and_loses_nothing(tmp_path: Path) -> None:
    await fill(tmp_path / "a.db", ["s1"], random.Random(4))
    with opened(tmp_path / "a.db") as a, opened(tmp_path / "b.db") as b:
        before = picture(a, "s1")
        pages = b.conn.execute("PRAGMA page_count").fetchone()[0]
        b.conn.execute(f"PRAGMA max_page_count={pages + 1}").fetchall()
        with pytest.raises(Unwritable, match="nothing is lost"):
            move_sessions(a, b, ["s1"])
        assert picture(a, "s1") == before
        assert stored_session_ids(b) == []


async def test_every_table_of_the_schema_is_known_to_moves(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as db:
        tables = {row[0] for row in db.conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()}
        counted = moving._tables(db.conn)
    of_no_session = {"operator_acts", "revoked_users"}
    assert tables - set(counted) == {"sqlite_sequence", "_sqlite_migrations", *of_no_session}
    assert {name for name, columns in counted.items() if "position" in columns} == {
        "journal", "breakout_sessions", "breakout_rooms", "breakout_messages", "breakout_attendance",
    }  # fmt: skip


async def test_settled_file_stands_alone_and_one_in_use_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    await fill(path, ["s1"], random.Random(5))
    with opened(path) as db:
        before = picture(db, "s1")
        with pytest.raises(DatabaseInUse):
            settle_file(path)
    settle_file(path)
    path.rename(tmp_path / "b.db")
    with opened(tmp_path / "b.db") as db:
        assert picture(db, "s1") == before


async def test_message_at_the_end_of_a_pruned_journal_keeps_its_place(tmp_path: Path) -> None:
    with closing(open_store_file(tmp_path / "b.db").conn):
        pass
    async with open_persistence(
        tmp_path / "a.db", PersistenceSettings(retention_seconds=0), after_batch=lambda: None
    ) as persistence:
        await store(persistence.journal, [created(), *(change(said(f"t{n}", n)) for n in range(5))])
        stored = await persistence.store.load_session("s1", now=NOW)
        later = evolve(change(ev.TimerStopped(), session="s9", room="r9"), at=NOW + 10**6)
        await store(persistence.journal, [created("r9", "s9"), later])
        await persistence.store.save_snapshots([Snapshot(stored.state, "s1", stored.position, tuple(stored.rooms.values()))])
    with opened(tmp_path / "a.db") as a, opened(tmp_path / "b.db") as b:
        assert read_journal(a, "s1", None, 10) == []
        move_sessions(a, b, ["s1"])
        assert last_position(b) == 5  # of the creation nothing is left that counts
        assert [message.text for message in read_session(b, "s1", NOW).rooms["r1"].state.messages] == [f"t{n}" for n in range(5)]
