"""Who owns a session: the same for ever, evenly, and moving as little as can be."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gateway.workers.ownership import owner

NAMES = [f"session-{n}" for n in range(4_000)]


def test_owners_are_the_same_in_every_version_since_files_are_laid_out_by_them() -> None:
    assert [owner(name, 4) for name in ("demo", "s1", "s2", "Größe", "a b")] == [2, 1, 2, 2, 3]


@given(st.text(st.characters(codec=None), min_size=1, max_size=64), st.integers(1, 64))
def test_owner_is_one_of_the_workers_whatever_the_name(name: str, workers: int) -> None:
    assert 1 <= owner(name, workers) <= workers


def test_sessions_are_spread_evenly() -> None:
    shares = Counter(owner(name, 4) for name in NAMES)
    assert all(850 < share < 1_150 for share in shares.values())


def test_only_the_sessions_of_a_new_worker_move_when_there_is_one_more() -> None:
    moved = [name for name in NAMES if owner(name, 4) != owner(name, 5)]
    assert {owner(name, 5) for name in moved} == {5}
    assert 600 < len(moved) < 1_000
