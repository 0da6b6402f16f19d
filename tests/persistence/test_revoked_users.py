"""Who is shut out of the whole server: kept by the file, and brought along when sessions are spread over several."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from breakout.identity import User
from persistence import PersistenceSettings, open_persistence, revoked_users
from persistence.database import transaction
from persistence.moving import move_revocations
from persistence.refusal import Unwritable
from persistence.revoked_users import Revocation, read_revocations, write_revocation
from tests.persistence.test_moving import opened

ANN = Revocation("https://id.example/ann", 1_000, User("otto", "Otto", "Op"))
BEN = evolve(ANN, user_id="ben", at=2_000)


class PowerCut(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    with ExitStack() as stack:
        source, target = (stack.enter_context(opened(tmp_path / f"{name}.db")) for name in "ab")
        yield source, target


async def test_revocations_are_there_when_the_file_is_opened_again(path: Path) -> None:
    async with open_persistence(path, PersistenceSettings(), after_batch=lambda: None) as opened:
        for revocation in (ANN, BEN, evolve(ANN, at=3_000)):
            await opened.store.revoke(revocation)
    async with open_persistence(path, PersistenceSettings(), after_batch=lambda: None) as opened:
        assert list(await opened.store.revocations()) == [BEN, ANN]
        assert [await opened.store.reinstate(BEN.user_id) for _ in range(2)] == [True, False]
        assert list(await opened.store.revocations()) == [ANN]


@pytest.mark.parametrize("cut", [1, 2])
def test_everybody_stays_shut_out_where_a_move_is_cut_short_and_made_again(
    files: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    source, target = files
    for db, revocation in ((source, ANN), (source, BEN), (target, evolve(BEN, at=500))):
        write_revocation(db, revocation)
    calls = [0]

    def fragile(db: Any) -> Any:
        calls[0] += 1
        if calls[0] == cut:
            raise PowerCut
        return transaction(db)

    with monkeypatch.context() as plan:
        plan.setattr(revoked_users, "transaction", fragile)
        with pytest.raises(PowerCut):
            move_revocations(source, target)
    assert {r.user_id for db in files for r in read_revocations(db)} == {ANN.user_id, "ben"}
    move_revocations(source, target)
    assert list(read_revocations(source)) == []
    assert list(read_revocations(target)) == [ANN, evolve(BEN, at=500)]


def test_revocations_that_cannot_be_moved_stay_where_they_are(files: tuple[Any, Any]) -> None:
    source, target = files
    for n in range(200):
        write_revocation(source, evolve(ANN, user_id=f"{n:0>60}"))
    before = list(read_revocations(source))
    pages = target.conn.execute("PRAGMA page_count").fetchone()[0]
    target.conn.execute(f"PRAGMA max_page_count={pages + 1}").fetchall()
    with pytest.raises(Unwritable, match=r"who is revoked could not be moved .*nothing is lost"):
        move_revocations(source, target)
    assert (list(read_revocations(source)), list(read_revocations(target))) == (before, [])
