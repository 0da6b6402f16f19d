"""The group commit: what goes into one batch, when it starts, and what a failure leaves behind."""

import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from breakout import room_events as ev
from breakout.errors import Overloaded
from breakout.ports import Change
from persistence import Persistence, PersistenceSettings, open_persistence
from persistence.journal import TURN_SECONDS
from persistence.refusal import Unstorable
from tests.fakes.changes import NOW, change, created, keyed, said, seat, store, taken
from tests.persistence.conftest import Opener


@pytest.fixture
async def persistence(opener: Opener) -> AsyncIterator[Persistence]:
    """Without a pace, so that a commit runs as soon as something waits."""
    async with opener(commit_interval_seconds=0) as opened:
        yield opened


@asynccontextmanager
async def busy_disk(persistence: Persistence) -> AsyncIterator[None]:
    """Nothing is committed inside: the lane is held, as by a slow disk."""
    release = threading.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(persistence.store._lane.run, lambda _: release.wait(10))
        await wait_all_tasks_blocked()
        try:
            yield
        finally:
            release.set()


@asynccontextmanager
async def full_disk(persistence: Persistence) -> AsyncIterator[None]:
    """Inside, the file cannot grow."""

    async def limit(pages: int) -> None:
        await persistence.store._lane.run(lambda db: db.execute(f"PRAGMA max_page_count={pages}").fetchall())

    await limit(1)  # SQLite takes the present size instead
    yield
    await limit(2**30)


def _io_error(*_: object) -> None:
    raise sqlite3.OperationalError("disk I/O error")


def _raise(_: object) -> None:
    raise RuntimeError


def long_message(number: int) -> Change:
    return change(said("long " * 400, number))


async def test_changes_submitted_while_a_commit_runs_are_committed_as_one_batch(persistence: Persistence) -> None:
    async with busy_disk(persistence):
        persistence.journal.submit(created(), lambda _: None)
        await wait_all_tasks_blocked()
        for number in range(50):
            persistence.journal.submit(change(said("hello", number)), lambda _: None)
    await persistence.journal.settled()
    statistics = persistence.journal.statistics
    assert (statistics.batches, statistics.committed, statistics.high_waiting) == (2, 51, 51)
    assert statistics.waiting == 0


async def test_statistics_count_what_waits_the_running_commit_included(persistence: Persistence) -> None:
    async with busy_disk(persistence):
        persistence.journal.submit(created(), lambda _: None)
        await wait_all_tasks_blocked()
        persistence.journal.submit(change(taken()), lambda _: None)
        assert persistence.journal.statistics.waiting == 2


async def test_idle_journal_commits_at_once_and_a_busy_one_at_its_pace(
    opener: Opener, autojump_clock: MockClock
) -> None:
    async with opener(commit_interval_seconds=0.005) as opened:
        await trio.sleep(1)
        started = trio.current_time()
        await store(opened.journal, [created()])
        first = trio.current_time() - started
        await store(opened.journal, [change(taken())])
        second = trio.current_time() - started
    assert first == 0
    assert second == pytest.approx(0.005)


async def test_burst_larger_than_a_batch_is_committed_in_several(
    persistence: Persistence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("persistence.journal.BATCH_CHANGES", 10)
    outcomes = await store(persistence.journal, [created(f"r{n}") for n in range(25)])
    assert outcomes == list(range(1, 26))
    assert persistence.journal.statistics.batches == 3


async def test_unstorable_change_is_refused_at_once_and_does_not_touch_its_batch(persistence: Persistence) -> None:
    outcomes: list[int | None] = []
    persistence.journal.submit(created(), outcomes.append)
    for bad in [
        change(said("lone \ud800 surrogate")),
        change(ev.SeatTaken(seat(at=2**63))),
        change(said("fine"), room="lone \udfff"),
        change(said("fine"), session="lone \udfff"),
        change(keyed=keyed(key="lone \udfff")),
        change(keyed=keyed(at=2**63)),
        Change("s1", "c", 2**63, "test", None, ()),
    ]:
        with pytest.raises(Unstorable):
            persistence.journal.submit(bad, outcomes.append)
    persistence.journal.submit(change(taken()), outcomes.append)
    await persistence.journal.settled()
    assert outcomes == [1, 2]


async def test_full_disk_fails_the_change_keeps_what_was_stored_and_is_over_once_there_is_space(
    persistence: Persistence,
) -> None:
    await store(persistence.journal, [created(), change(taken())])
    before = await persistence.store.load_room("s1", "r1")
    async with full_disk(persistence):
        outcomes = await store(persistence.journal, [long_message(n) for n in range(50)])
        assert outcomes == [None] * 50
        assert not persistence.journal.healthy
        assert await persistence.store.load_room("s1", "r1") == before
    assert await store(persistence.journal, [change(said("back", 99))]) == [3]
    assert persistence.journal.healthy


async def test_everything_queued_behind_a_failed_commit_fails_too_and_is_counted(persistence: Persistence) -> None:
    outcomes: list[int | None] = []
    await store(persistence.journal, [created()])
    async with full_disk(persistence):
        async with busy_disk(persistence):
            for number in range(50):
                persistence.journal.submit(long_message(number), outcomes.append)
            await wait_all_tasks_blocked()
            persistence.journal.submit(change(taken()), outcomes.append)
        await persistence.journal.settled()
    assert outcomes == [None] * 51
    assert (persistence.journal.statistics.failures, persistence.journal.statistics.failed_changes) == (1, 51)


async def test_change_submitted_by_a_failure_callback_is_tried_again(persistence: Persistence) -> None:
    await store(persistence.journal, [created()])
    again: list[int | None] = []

    def retry(outcome: int | None) -> None:
        assert outcome is None
        persistence.journal.submit(change(taken()), again.append)

    async with full_disk(persistence):
        async with busy_disk(persistence):
            for number in range(50):
                persistence.journal.submit(long_message(number), retry if number == 0 else lambda _: None)
        await persistence.journal.settled()
    await persistence.journal.settled()
    assert again == [2]


async def test_failing_journal_finds_out_by_itself_that_the_disk_is_back(
    opener: Opener, mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opener(commit_interval_seconds=0) as opened:
        with monkeypatch.context() as broken:
            broken.setattr("persistence.journal.write_batch", _io_error)
            broken.setattr("persistence.journal._probe", _io_error)
            assert await store(opened.journal, [created()]) == [None]
            await _pass_second(opened, mock_clock)
            assert (opened.journal.healthy, opened.journal.statistics.failures) == (False, 2)
        await _pass_second(opened, mock_clock)
        assert opened.journal.healthy
        assert opened.journal.statistics.committed == 0


async def test_callback_that_raises_keeps_no_other_from_its_outcome(persistence: Persistence) -> None:
    outcomes: list[int | None] = []

    def broken(_: int | None) -> None:
        raise RuntimeError

    persistence.journal.submit(created(), broken)
    persistence.journal.submit(change(taken()), outcomes.append)
    await persistence.journal.settled()
    assert outcomes == [2]


async def test_journal_goes_on_when_what_is_called_after_a_batch_raises(path: Path) -> None:
    def broken() -> None:
        raise RuntimeError

    async with open_persistence(path, PersistenceSettings(), after_batch=broken) as opened:
        assert await store(opened.journal, [created()]) == [1]
        assert await store(opened.journal, [change(taken())]) == [2]


async def test_closed_journal_takes_nothing_more(opener: Opener) -> None:
    async with opener() as opened:
        await store(opened.journal, [created()])
    with pytest.raises(Overloaded):
        opened.journal.submit(change(taken()), lambda _: None)


@pytest.mark.parametrize("leave", [trio.CancelScope.cancel, _raise])
async def test_changes_are_committed_and_reported_however_the_store_is_left(
    opener: Opener, leave: Callable[[trio.CancelScope], None]
) -> None:
    outcomes: list[int | None] = []
    with trio.CancelScope() as scope, suppress(ExceptionGroup):
        async with opener() as opened:
            for item in [created(), change(taken())]:
                opened.journal.submit(item, outcomes.append)
            leave(scope)
            await trio.sleep_forever()
    assert outcomes == [1, 2]
    async with opener() as opened:
        assert (await opened.store.load_session("s1", now=NOW)).position == 2


async def test_positions_go_on_after_a_restart_also_where_every_row_was_pruned(opener: Opener) -> None:
    async with opener() as opened:
        await store(opened.journal, [created(), change(taken())])
        await opened.store._lane.run(lambda db: db.execute("DELETE FROM journal"))
    async with opener() as opened:
        assert await store(opened.journal, [change(said("on"))]) == [3]


async def _pass_second(opened: Persistence, clock: MockClock) -> None:
    """Let the journal's next trial be due, and finish."""
    await wait_all_tasks_blocked()
    clock.jump(1.001)
    await wait_all_tasks_blocked()
    await opened.store._lane.run(lambda _: None)
    await wait_all_tasks_blocked()


async def test_durations_of_commits_are_counted_and_the_disk_has_its_share(persistence: Persistence) -> None:
    await store(persistence.journal, [created()])
    await store(persistence.journal, [change(said("hello"))])
    statistics = persistence.journal.statistics
    assert statistics.commit_seconds.count == statistics.sync_seconds.count == statistics.batches == 2
    assert 0 < statistics.sync_seconds.total < statistics.commit_seconds.total


async def test_reports_of_a_large_commit_come_in_order_and_let_others_run(opener: Opener, mock_clock: MockClock) -> None:
    seen: list[object] = []

    async def others() -> None:
        while True:
            if seen and seen[-1] != "others":
                seen.append("others")
            await trio.lowlevel.checkpoint()

    def slowly(name: str) -> Callable[[int | None], None]:
        def done(position: int | None) -> None:
            assert position is not None
            seen.append(name)
            mock_clock.jump(2 * TURN_SECONDS)

        return done

    async with opener(commit_interval_seconds=0) as persistence, trio.open_nursery() as nursery:
        async with busy_disk(persistence):
            persistence.journal.submit(created(), slowly("alone"))
            await wait_all_tasks_blocked()
            persistence.journal.submit(change(said("hello", 1)), slowly("first"))
            parts = [(change(said("hello", number)), slowly(f"part {number}")) for number in (2, 3)]
            persistence.journal.submit_together(parts)
            persistence.journal.submit(change(said("hello", 4)), slowly("next"))
            persistence.journal.submit(change(said("hello", 5)), slowly("last"))
        nursery.start_soon(others)
        await persistence.journal.settled()
        nursery.cancel_scope.cancel()
    assert [name for name in seen if name != "others"] == ["alone", "first", "part 2", "part 3", "next", "last"]
    assert seen[seen.index("part 2") + 1] == "part 3", "what belongs together is reported together"
    for report, next_but_one in (("first", "next"), ("part 3", "last")):  # trio shuffles turns
        between = seen[seen.index(report) : seen.index(next_but_one)]
        assert "others" in between, "and then the others have their turn"
