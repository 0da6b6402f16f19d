"""A file system that is really full; the rest of the faults are in `test_journal.py`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from breakout.errors import StorageUnavailable
from breakout.ports import Snapshot, StoredRoom
from persistence import Persistence, PersistenceSettings, open_persistence
from persistence.refusal import BackupRefused, StoreRefused
from tests.fakes.changes import NOW, change, created, room, said, store, taken
from tests.fakes.small_disk import mounted

SIZE = 2 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path, SIZE):
        yield tmp_path


def fill(directory: Path) -> Path:
    """A file that takes all the space there is."""
    ballast = directory / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"\x00" * 4096) == 4096:
                pass
        except OSError:
            return ballast
    return ballast


async def fail_until_full(opened: Persistence) -> None:
    """A commit may still fit into what the WAL has; a hundred of 80 KB each do not."""
    for _ in range(100):
        outcomes = await store(opened.journal, [change(said("long " * 400, n)) for n in range(40)])
        if None in outcomes:
            return
    pytest.fail("8 MB committed on a full disk of 2 MB")


async def test_full_disk_acknowledges_nothing_false_and_recovers_without_a_restart(small_disk: Path) -> None:
    path = small_disk / "breakout.db"
    async with open_persistence(path, PersistenceSettings(), after_batch=lambda: None) as opened:
        await store(opened.journal, [created(), change(taken())])
        ballast = fill(small_disk)
        await fail_until_full(opened)
        held = await opened.store.load_session("s1", now=NOW)
        assert (opened.journal.healthy, opened.journal.statistics.failures) == (False, 1)
        with pytest.raises(BackupRefused):
            await opened.store.backup(small_disk / "copy.db")
        ballast.unlink()
        assert await store(opened.journal, [change(said("back", 999))]) == [held.position + 1]
        assert opened.journal.healthy
        expected = await opened.store.load_session("s1", now=NOW)
    async with open_persistence(path, PersistenceSettings(), after_batch=lambda: None) as again:
        assert await again.store.load_session("s1", now=NOW) == expected


async def test_snapshot_on_a_full_disk_is_refused_and_changes_nothing(small_disk: Path) -> None:
    async with open_persistence(small_disk / "breakout.db", PersistenceSettings(), after_batch=lambda: None) as opened:
        await store(opened.journal, [created()])
        fill(small_disk)
        before = await opened.store.load_session("s1", now=NOW)
        rooms = tuple(StoredRoom(room(f"r{n}", topic="long " * 100), 9) for n in range(5_000))
        with pytest.raises(StorageUnavailable):
            await opened.store.save_snapshots([Snapshot(before.state, "s1", 9, rooms)])
        assert await opened.store.load_session("s1", now=NOW) == before


async def test_file_that_cannot_be_made_for_want_of_space_is_refused(small_disk: Path) -> None:
    fill(small_disk)
    with pytest.raises(StoreRefused, match="cannot be opened for writing"):
        async with open_persistence(small_disk / "breakout.db", PersistenceSettings(), after_batch=lambda: None):
            pytest.fail("opened on a full disk")
