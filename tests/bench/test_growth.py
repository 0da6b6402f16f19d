import pytest

from bench.growth import axes, doublings, growth_result, median_step, spread
from bench.result import failed
from tests.bench.results import ABOUT


def steps(*costs, first=250):
    return [{"value": first * 2**n, "costs": {"us per tick": cost}, "faults": []} for n, cost in enumerate(costs)]


@pytest.mark.parametrize(
    ("costs", "dearer"),
    [((10, 10, 10), 0.0), ((10, 11, 12), 0.2), ((10, 8, 12), 0.5), ((12, 10, 8), -1 / 6), ((0, 1, 2), 1.0), ((0, 0, 0), 0.0)],
)
def test_spread_is_how_much_dearer_a_step_is_than_any_before_it(costs, dearer):
    assert spread(steps(*costs), "us per tick") == pytest.approx(dearer)


def verdict(dearer, first=250):
    axis = {"axis": "rooms", "steps": steps(10, 10 * (1 + dearer), first=first), "spread": {"us per tick": dearer}}
    return growth_result([axis], ABOUT)


def test_growth_of_a_fifth_is_flat_and_more_is_not():
    assert not failed(verdict(0.2))
    assert failed(verdict(0.21))


def test_growth_from_a_handful_is_not_judged():
    found = verdict(2.0, first=5)
    assert found["bars"][0]["met"] is None
    assert not failed(found)


def test_step_that_was_run_several_times_has_the_median_of_each_cost_and_every_fault():
    runs = [{"value": 250, "costs": {"us": us, "KiB": kib}, "faults": faults} for us, kib, faults in
            ((9, 12, []), (30, 10, ["one tick lost"]), (10, 11, []))]  # fmt: skip
    assert median_step(runs) == {"value": 250, "costs": {"us": 10, "KiB": 11}, "faults": ["one tick lost"]}


def test_steps_double_up_to_the_highest():
    assert doublings(2000) == [250, 500, 1000, 2000]
    rooms, people = axes(rooms=2000, people=8000)
    assert [rooms.knobs(n).rooms for n in rooms.steps] == [250, 500, 1000, 2000]
    assert [people.knobs(n).people for n in people.steps] == [1000, 2000, 4000, 8000]
    assert {n // people.knobs(n).rooms for n in people.steps} == {8}
    assert {people.knobs(n).rooms // people.knobs(n).sessions for n in people.steps} == {25}
