"""The audit of several processes as one: pages that fit together, whatever each of them has."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.workers.merged_reports import joined_acts

Files = list[list[int]]
"""The instants of the acts of each process; no two of one file are the same."""

FILES = st.lists(st.lists(st.integers(1, 30), unique=True, max_size=12), min_size=1, max_size=4)


def page(owner: int, instants: list[int], limit: int, before: int | None) -> dict[str, Any]:
    """As one process answers."""
    shown = [at for at in sorted(instants, reverse=True) if before is None or at < before][:limit]
    return {"acts": [{"at": at, "by": owner} for at in shown], "before": shown[-1] if len(shown) == limit else None}


def joined(files: Files, limit: int, before: int | None) -> dict[str, Any]:
    own, *others = [page(owner, instants, limit, before) for owner, instants in enumerate(files)]
    return joined_acts(own, others, limit)


def pages(files: Files, limit: int) -> list[list[tuple[int, int]]]:
    """All of them, as somebody reads who goes on until there is no more."""
    found, before = [], None
    while True:
        answer = joined(files, limit, before)
        found.append([(act["at"], act["by"]) for act in answer["acts"]])
        if answer["before"] is None:
            return found
        assert before is None or answer["before"] < before, "it does not come to an end"
        before = answer["before"]


@given(FILES, st.integers(1, 5))
def test_every_act_is_on_one_page_and_the_newest_come_first(files: Files, limit: int) -> None:
    seen = [act for acts in pages(files, limit) for act in acts]
    assert sorted(seen) == sorted((at, owner) for owner, instants in enumerate(files) for at in instants)
    assert [at for at, _ in seen] == sorted((at for at, _ in seen), reverse=True)


@given(FILES, st.integers(1, 5))
def test_page_is_full_before_the_last_one_and_no_fuller_than_its_last_instant_asks_for(files: Files, limit: int) -> None:
    *full, last = pages(files, limit)
    for acts in full:
        assert len(acts) >= limit
        assert len([act for act in acts if act[0] > acts[-1][0]]) < limit
    assert len([act for act in last if act[0] > last[-1][0]]) < limit


def test_acts_of_one_instant_stay_on_one_page() -> None:
    assert pages([[1, 4, 5, 9], [2, 4, 8], [3], []], 2) == [[(9, 0), (8, 1)], [(5, 0), (4, 0), (4, 1)], [(3, 2), (2, 1)], [(1, 0)]]


def test_acts_on_the_server_are_shown_as_any_others() -> None:
    acts = [{"at": 7, "action": "server.backup"}, {"at": 3, "action": "room.close"}]
    own: dict[str, Any] = {"acts": [], "before": None}
    assert joined_acts(own, [{"acts": acts, "before": None}], 10) == {"acts": acts, "before": None}
