import pytest
from attrs import evolve

from breakout.ports import Change, Snapshot
from persistence import Persistence
from tests.fakes.changes import NOW, change, created, keyed, said, store, taken
from tests.persistence.conftest import Opener

DAY = 86_400_000


def later(item: Change, days: float) -> Change:
    return evolve(item, at=NOW + int(days * DAY))


async def save(opened: Persistence, *names: str) -> None:
    """A snapshot of the session and of these rooms."""
    stored = await opened.store.load_session("s1", now=NOW)
    rooms = tuple(stored.rooms[name] for name in names)
    await opened.store.save_snapshots([Snapshot(stored.state, "s1", stored.position, rooms)])


async def kept(opened: Persistence) -> list[int]:
    return sorted(row.position for row in await opened.store.journal_page("s1", None, 100))


async def test_rows_older_than_the_retention_go_once_a_snapshot_includes_them(opener: Opener) -> None:
    async with opener(retention_seconds=30 * 86_400) as opened:
        await store(opened.journal, [created(), change(taken()), later(change(said("new")), 10)])
        await save(opened, "r1")
        assert await kept(opened) == [1, 2, 3]
        await store(opened.journal, [later(change(said("now", 2)), 30.5)])
        await save(opened, "r1")
        assert await kept(opened) == [3, 4]


async def test_old_rows_that_no_snapshot_includes_stay_and_hold_up_nothing(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("persistence.retention.ROWS_PER_STEP", 2)
    async with opener(retention_seconds=0) as opened:
        await store(opened.journal, [created("r1"), created("r2"), *(change(said("x", n)) for n in range(3))])
        await store(opened.journal, [change(said("y", n), room="r2") for n in range(3)])
        await store(opened.journal, [later(change(said("now")), 1)])
        for _ in range(6):
            await save(opened, "r2")
        assert await kept(opened) == [3, 4, 5, 9]


async def test_loaded_session_is_the_same_after_its_rows_were_pruned(opener: Opener) -> None:
    async with opener(retention_seconds=0) as opened:
        await store(opened.journal, [created(), change(taken()), change(said("hello"))])
        before = await opened.store.load_session("s1", now=NOW)
        await store(opened.journal, [later(created("r1", "s2"), 1)])
        await save(opened, "r1")
        assert await kept(opened) == []
        assert await opened.store.load_session("s1", now=NOW) == before


async def test_idempotency_keys_go_after_ten_minutes(persistence: Persistence) -> None:
    await store(persistence.journal, [change(keyed=keyed("old")), change(keyed=keyed("new", at=NOW + 1))])
    await store(persistence.journal, [evolve(created(), at=NOW + 600_000)])
    await persistence.store.save_snapshots([])
    found = await persistence.store._lane.run(lambda db: db.execute("SELECT key FROM idempotency_keys").fetchall())
    assert found == [("new",)]
