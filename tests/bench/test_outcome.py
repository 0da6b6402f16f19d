import pytest

from bench.knobs import Knobs
from bench.outcome import Bar, Figure, Outcome, median_figures


@pytest.mark.parametrize(
    ("bar", "value", "other", "met"),
    [
        (Bar("x", 50), 50, None, True),
        (Bar("x", 50), 51, None, False),
        (Bar("x", 50, better="more"), 49, None, False),
        (Bar("x", 1.3, "floor"), 13, 10, True),
        (Bar("x", 1.3, "floor"), 13.1, 10, False),
        (Bar("x", 0.8, "floor", "more"), 8, 10, True),
        (Bar("x", 0.8, "floor", "more"), 7.9, 10, False),
        (Bar("x", 0.8, "floor", "more"), 8, None, None),
        (Bar("x", 0.8, "floor", "more"), 8, 0, None),
    ],
)
def test_bar_is_met_in_its_direction_and_against_its_contender(bar, value, other, met):
    assert bar.met_by(value, other) is met


def test_bar_says_what_it_asks_and_with_which_knob():
    bar = Bar("last_receipt_ms", 1.0, "socketio", given="{grace} s of grace", least={"people": 2000})
    assert bar.text(Knobs(grace=0)) == "last_receipt_ms <= 1 x socketio, 0 s of grace, from 2,000 people on"
    assert Bar("joins", 2, better="more").text(Knobs()) == "joins >= 2"


def test_bar_applies_only_to_a_run_that_is_big_enough():
    bar = Bar("kib_per_room", 12, least={"rooms": 500})
    assert bar.applies(Knobs(rooms=500))
    assert not bar.applies(Knobs(rooms=499))


def test_figures_of_repeated_runs_are_their_medians():
    runs = [Outcome([Figure("x", value, "ms")]) for value in (9.0, 1.0, 2.0)]
    assert [figure.value for figure in median_figures(runs)] == [2.0]


def test_median_is_of_the_runs_that_have_the_figure():
    runs = [Outcome([Figure("x", 4.0, "ms"), Figure("y", 1.0, "")]), Outcome([Figure("x", 6.0, "ms")])]
    assert [(figure.name, figure.value) for figure in median_figures(runs)] == [("x", 5.0), ("y", 1.0)]
