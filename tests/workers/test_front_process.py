"""What the front does to the whole server by itself."""

from pathlib import Path
from typing import Any

import trio
from attrs import evolve

from breakout.errors import StorageUnavailable
from breakout.identity import User
from gateway.workers.front_process import FORGET_SECONDS, FrontProcess
from persistence import PersistenceSettings, open_persistence
from persistence.acts import Act

DAY_MS = 86_400_000
NOW = 100 * DAY_MS


class Clock:
    def now(self) -> int:
        return NOW


def process(store: Any) -> FrontProcess:
    unused: Any = None
    return FrontProcess(unused, store, unused, unused, Clock(), unused, unused, unused)  # type: ignore[arg-type]


async def test_acts_are_kept_as_long_as_the_journal_and_no_longer(tmp_path: Path) -> None:
    settings = PersistenceSettings(retention_seconds=30 * 86_400)
    old = Act(NOW - 31 * DAY_MS, User("otto", "Otto", "Op"), "server.drain", "", "done")
    recent = evolve(old, at=NOW - 29 * DAY_MS)
    async with open_persistence(tmp_path / "front.db", settings, after_batch=lambda: None) as own:
        for act in (old, recent):
            await own.store.keep_act(act)
        with trio.move_on_after(0.2):
            await process(own.store).forget_old()
        assert await own.store.acts(None, 10) == [recent]


async def test_old_acts_are_deleted_later_where_the_disk_fails_now(autojump_clock: trio.testing.MockClock) -> None:
    calls: list[int] = []

    class Failing:
        async def forget(self, now: int) -> None:
            calls.append(now)
            if len(calls) == 1:
                raise StorageUnavailable

    with trio.move_on_after(1.5 * FORGET_SECONDS):
        await process(Failing()).forget_old()
    assert len(calls) == 2
