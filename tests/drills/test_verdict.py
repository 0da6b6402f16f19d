"""What the drill of isolation makes of its figures."""

import pytest

from tests.drills.isolation import Heard, Round, Verdict, show


def turn(ms: float, *, lost: bool = False) -> Round:
    heard = Heard(["a"], {0: [] if lost else ["a"]}, [ms / 1000] * 100)
    return Round(heard, {"ms": 1.0, "task": "t"})


@pytest.mark.parametrize(
    ("calm", "rough", "verdict"),
    [
        ([turn(3), turn(5), turn(4)], [turn(12), turn(13), turn(14)], Verdict.KEPT),
        ([turn(3), turn(5), turn(4)], [turn(20), turn(30), turn(25)], Verdict.BROKEN),
        ([turn(3), turn(50), turn(4)], [turn(20), turn(30), turn(25)], Verdict.UNKNOWN),
        ([turn(3), turn(50), turn(4)], [turn(4), turn(4, lost=True), turn(4)], Verdict.BROKEN),
    ],
)
def test_verdict_follows_from_what_was_lost_and_by_how_much_p99_grew(
    calm: list[Round], rough: list[Round], verdict: Verdict
) -> None:
    assert show("attack", calm, rough) is verdict
