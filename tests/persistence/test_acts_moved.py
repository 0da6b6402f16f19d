"""What operators did is brought from file to file: every act once, wherever it is interrupted."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from breakout.identity import User
from persistence import acts, database
from persistence.acts import Act, read_acts, write_act
from persistence.moving import move_acts
from persistence.refusal import Unwritable
from tests.persistence.test_moving import opened

ACT = Act(1_000, User("otto", "Otto", "Op"), "room.restart", "r1", "done")


class PowerCut(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    with ExitStack() as stack:
        source, target = (stack.enter_context(opened(tmp_path / f"{name}.db")) for name in "ab")
        yield source, target


def kept(db: Any) -> list[Act]:
    return list(read_acts(db, None, 10_000))


def contents(*lists: list[Act]) -> Counter[Act]:
    """Acts by what was done, whatever instant they came to have."""
    return Counter(evolve(act, at=0) for found in lists for act in found)


def fill(db: Any, rng: random.Random, targets: str) -> None:
    """Few instants and fewer targets, so that the acts of two files meet, and those of one repeat each other."""
    for _ in range(rng.randrange(1, 25)):
        write_act(db, evolve(ACT, at=rng.randrange(1_000, 1_020), target=rng.choice(targets)))


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("cut", range(1, 4))
def test_every_act_is_kept_once_where_the_move_was_cut_short_and_made_again(
    files: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch, seed: int, cut: int
) -> None:
    rng = random.Random(seed)
    source, target = files
    fill(source, rng, "vw")
    fill(target, rng, "xy")
    theirs, before = kept(target), contents(kept(source), kept(target))
    plain, calls = database.transaction, [0]

    def fragile(db: Any) -> Any:
        calls[0] += 1
        if calls[0] == cut:
            raise PowerCut
        return plain(db)

    with monkeypatch.context() as plan:
        plan.setattr(acts, "transaction", fragile)
        with pytest.raises(PowerCut):
            move_acts(source, target)
    assert contents(kept(source), kept(target)) >= before, "lost in between"
    move_acts(source, target)
    assert kept(source) == []
    assert contents(kept(target)) == before
    assert set(theirs) <= set(kept(target)), "an act that was there already got another instant"


def test_acts_of_one_instant_are_all_kept_and_stay_in_order(files: tuple[Any, Any]) -> None:
    source, target = files
    for name in ("a", "b"):
        write_act(source, evolve(ACT, target=name))
    write_act(target, evolve(ACT, target="c"))
    move_acts(source, target)
    assert [(act.at, act.target) for act in kept(target)] == [(1_002, "a"), (1_001, "b"), (1_000, "c")]


def test_acts_that_cannot_be_moved_stay_where_they_are(files: tuple[Any, Any]) -> None:
    source, target = files
    for n in range(200):
        write_act(source, evolve(ACT, at=n, target="x" * 60))
    before = kept(source)
    pages = target.conn.execute("PRAGMA page_count").fetchone()[0]
    target.conn.execute(f"PRAGMA max_page_count={pages + 1}").fetchall()
    with pytest.raises(Unwritable, match=r"what operators did could not be moved .*nothing is lost"):
        move_acts(source, target)
    assert (kept(source), kept(target)) == (before, [])
