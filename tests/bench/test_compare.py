import pytest

from bench.compare import differences, worse
from bench.growth import growth_result
from bench.knobs import Knobs
from bench.unreadable import ResultUnreadable
from tests.bench.results import ABOUT, made, outcome


def verdicts(before, after):
    return {one.name: one.verdict for one in differences(before, after)}


def test_less_cpu_and_more_deliveries_are_better():
    found = verdicts(made(own=outcome(10.0, per_second=100.0)), made(own=outcome(8.0, per_second=120.0)))
    assert found == {"cpu_us_per_delivery": "better", "deliveries_per_second": "better", "delivery_p99_ms": "same"}


def test_more_cpu_and_fewer_deliveries_are_worse():
    found = differences(made(own=outcome(10.0, per_second=100.0)), made(own=outcome(12.0, per_second=80.0)))
    assert [one.verdict for one in found] == ["worse", "worse", "same"]
    assert found[0].ratio == pytest.approx(1.2)
    assert worse(found)


def test_change_within_the_noise_is_the_same():
    found = differences(made(own=outcome(10.0)), made(own=outcome(10.9)))
    assert {one.verdict for one in found} == {"same"}
    assert not worse(found)


def test_tail_may_differ_more_than_a_rate():
    before, after = made(), made()
    after["contenders"][0]["figures"][2]["value"] = 60.0
    assert verdicts(before, after)["delivery_p99_ms"] == "same"
    after["contenders"][0]["figures"][2]["value"] = 65.0
    assert verdicts(before, after)["delivery_p99_ms"] == "worse"


def test_results_with_different_knobs_are_not_compared():
    with pytest.raises(ResultUnreadable, match="different knobs"):
        differences(made(knobs=Knobs(people=8)), made(knobs=Knobs(people=9)))


def test_results_of_different_scenarios_are_not_compared():
    with pytest.raises(ResultUnreadable, match="recall"):
        differences(made(), {**made(), "scenario": "recall"})


def test_results_without_a_figure_in_common_are_not_compared():
    before = made()
    before["contenders"][0]["figures"] = []
    with pytest.raises(ResultUnreadable, match="no figure in common"):
        differences(before, made())


def grown(last):
    steps = [{"value": value, "costs": {"ms per join": cost}, "faults": []} for value, cost in ((250, 1.0), (500, last))]
    return growth_result([{"axis": "people", "steps": steps, "spread": {"ms per join": last - 1}}], ABOUT)


def test_growth_is_compared_step_by_step():
    assert verdicts(grown(1.0), grown(1.5)) == {"ms per join at 250 people": "same", "ms per join at 500 people": "worse"}
