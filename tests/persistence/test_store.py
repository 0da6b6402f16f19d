import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from breakout.errors import StorageUnavailable
from breakout.session import UserSeen
from persistence import Persistence, PersistenceSettings, open_persistence
from persistence.refusal import BackupRefused
from tests.fakes.changes import ANA, BEN, NOW, change, created, said, store, taken


def names_in(directory: Path) -> list[str]:
    return sorted(found.name for found in directory.iterdir())


async def test_attendance_is_read_whole_over_many_pages(
    persistence: Persistence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("persistence.report.PAGE_ROWS", 10)
    await store(persistence.journal, [created(), *(change(taken(number=n, at=NOW + n)) for n in range(40))])
    joined = [row.joined_at async for row in persistence.store.attendance_rows("s1")]
    assert joined == [NOW + n for n in range(40)]


async def test_commits_pass_between_the_pages_of_a_report(
    persistence: Persistence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("persistence.report.PAGE_ROWS", 10)
    await store(persistence.journal, [created(), *(change(taken(number=n)) for n in range(30))])
    rows = persistence.store.attendance_rows("s1")
    await anext(rows)
    assert await store(persistence.journal, [change(said("meanwhile"))]) == [32]
    assert len([row async for row in rows]) == 29


async def test_attendance_of_an_unknown_session_is_empty(persistence: Persistence) -> None:
    assert [row async for row in persistence.store.attendance_rows("none")] == []


async def test_journal_pages_go_back_from_the_newest_and_hold_what_was_submitted(persistence: Persistence) -> None:
    seen, sat = change(UserSeen(BEN), room=None), change(taken(), said("hi"))
    await store(persistence.journal, [created(), created(session="other"), seen, sat])
    newest = await persistence.store.journal_page("s1", None, 2)
    older = await persistence.store.journal_page("s1", newest[-1].position, 10)
    assert [(row.position, row.room_id, row.event) for row in [*newest, *older]] == [
        (5, "r1", said("hi")), (4, "r1", taken()), (3, None, UserSeen(BEN)), (1, "r1", created().entries[0].event),
    ]  # fmt: skip
    assert {(row.change_id, row.cause, row.by, row.at) for row in newest} == {(sat.id, "test", ANA, NOW)}


async def test_sessions_of_an_event_are_those_that_ever_had_a_room_of_it(persistence: Persistence) -> None:
    await store(persistence.journal, [
        created("r1", "s1", event_id="expo"), created("r2", "s1", event_id="expo"), created("r1", "s2", event_id="expo"),
        created("r1", "s3", event_id="fair"), created("r1", "s4"),
    ])  # fmt: skip
    assert await persistence.store.session_ids_of_event("expo") == ["s1", "s2"]


async def test_backup_is_a_whole_database_of_the_moment(persistence: Persistence, tmp_path: Path) -> None:
    await store(persistence.journal, [created(), change(taken())])
    expected = await persistence.store.load_session("s1", now=NOW)
    await persistence.store.backup(tmp_path / "copy.db")
    await store(persistence.journal, [change(said("later"))])
    settings = PersistenceSettings()
    async with open_persistence(tmp_path / "copy.db", settings, after_batch=lambda: None) as copy:
        assert await copy.store.load_session("s1", now=NOW) == expected


async def test_backup_never_replaces_a_file_and_leaves_nothing_behind(persistence: Persistence, tmp_path: Path) -> None:
    existing = tmp_path / "holiday.jpg"
    existing.write_bytes(b"precious")
    for target in (existing, tmp_path / "none" / "copy.db"):
        with pytest.raises(BackupRefused):
            await persistence.store.backup(target)
    assert existing.read_bytes() == b"precious"
    assert names_in(tmp_path) == ["breakout.db", "breakout.db-wal", "holiday.jpg"]


async def test_store_that_fails_is_unavailable_and_answers_again_later(persistence: Persistence) -> None:
    await store(persistence.journal, [created()])
    await persistence.store._lane.run(lambda db: db.execute("ALTER TABLE breakout_rooms RENAME TO gone"))
    with pytest.raises(StorageUnavailable):
        await persistence.store.load_room("s1", "r1")
    await persistence.store._lane.run(lambda db: db.execute("ALTER TABLE gone RENAME TO breakout_rooms"))
    assert await persistence.store.load_room("s1", "r1") is not None


async def test_other_tools_read_the_file_once_the_server_has_stopped(path: Path) -> None:
    async with open_persistence(path, PersistenceSettings(), after_batch=lambda: None) as opened:
        await store(opened.journal, [created()])
    with closing(sqlite3.connect(path)) as tool:
        assert tool.execute("SELECT name FROM breakout_rooms").fetchall() == [("Room r1",)]


async def test_journal_of_a_room_is_its_own_last_events_newest_first(persistence: Persistence) -> None:
    other = change(taken(), room="r2")
    await store(persistence.journal, [created(), created("r2"), change(said("one")), other, change(said("two", 2))])
    entries = await persistence.store.room_journal("s1", "r1", 2)
    assert [(entry.position, type(entry.event).__name__) for entry in entries] == [(5, "MessageSent"), (3, "MessageSent")]


async def test_session_of_a_room_is_found_by_the_room_alone(persistence: Persistence) -> None:
    await store(persistence.journal, [created("r1", "s1"), created("r2", "s2")])
    assert await persistence.store.session_of_room("r2") == "s2"
    assert await persistence.store.session_of_room("r3") is None
