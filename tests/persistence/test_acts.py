"""What operators did, in the store: pages, instants, retention, another start."""

from pathlib import Path

from attrs import evolve

from breakout.identity import User
from persistence import Persistence
from persistence.acts import Act
from tests.fakes.changes import change
from tests.persistence.conftest import Opener

ACT = Act(1_000, User("otto", "Otto", "Op"), "room.restart", "r1", "done")
DAY_MS = 86_400_000


async def test_acts_are_there_after_another_start_newest_first(opener: Opener) -> None:
    later = evolve(ACT, at=2_000, action="server.backup", target="", outcome="forbidden")
    async with opener() as opened:
        await opened.store.keep_act(ACT)
        await opened.store.keep_act(later)
    async with opener() as opened:
        assert await opened.store.acts(None, 10) == [later, ACT]


async def test_acts_of_one_instant_get_the_next_ones(persistence: Persistence) -> None:
    for target in ("a", "b", "c"):
        await persistence.store.keep_act(evolve(ACT, target=target))
    assert [(act.at, act.target) for act in await persistence.store.acts(None, 10)] == [(1_002, "c"), (1_001, "b"), (1_000, "a")]


async def test_acts_are_read_in_pages_without_gap_or_repetition(persistence: Persistence) -> None:
    for n in range(7):
        await persistence.store.keep_act(evolve(ACT, at=1_000 + n // 3, target=str(n)))
    seen, before = [], None
    while page := await persistence.store.acts(before, 2):
        seen += [act.target for act in page]
        before = page[-1].at
    assert sorted(seen) == [str(n) for n in range(7)]


async def test_acts_go_after_the_retention_of_the_journal(opener: Opener, path: Path) -> None:
    async with opener(retention_seconds=DAY_MS // 1000) as opened:
        await opened.store.keep_act(ACT)
        await opened.store.keep_act(evolve(ACT, at=3 * DAY_MS, target="kept"))
        opened.journal.submit(evolve(change(), at=3 * DAY_MS + 5), lambda _: None)
        await opened.store.save_snapshots([])
        assert [act.target for act in await opened.store.acts(None, 10)] == ["kept"]
