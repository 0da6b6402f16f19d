import json

import pytest

from bench.knobs import Knobs
from bench.outcome import Bar
from bench.result import contender_result, failed, figure_of, load, result, save
from bench.unreadable import ResultUnreadable
from tests.bench.results import ABOUT, made, outcome, scenario

AT_LEAST = Bar("deliveries_per_second", 0.8, "floor", "more")


def test_ratios_are_of_our_own_figures_to_the_other_ones():
    found = made(own=outcome(13.0, per_second=90.0), floor=outcome(10.0, per_second=100.0))
    assert found["ratios"]["cpu_us_per_delivery"] == {"floor": 1.3}
    assert found["ratios"]["deliveries_per_second"] == {"floor": 0.9}


def test_run_fails_when_a_bar_is_missed():
    assert not failed(made(AT_LEAST, own=outcome(per_second=80.0), floor=outcome(per_second=100.0)))
    assert failed(made(AT_LEAST, own=outcome(per_second=79.0), floor=outcome(per_second=100.0)))


def test_run_does_not_fail_by_a_bar_that_could_not_be_compared():
    found = made(AT_LEAST, Bar("cpu_us_per_delivery", 1, least={"people": 5000}), knobs=Knobs(people=100))
    assert [bar["met"] for bar in found["bars"]] == [None, None]
    assert not failed(found)


def test_run_fails_when_something_was_lost():
    assert failed(made(own=outcome(faults=["1 deliveries lost"])))


@pytest.mark.parametrize("floor", [outcome(faults=["1 deliveries lost"]), outcome(share=0.9)])
def test_bar_is_not_compared_with_a_peer_that_had_faults_or_was_not_published_and_the_run_fails(floor):
    found = made(AT_LEAST, floor=floor)
    assert found["bars"][0]["met"] is None
    assert found["bars"][0]["because"] == "floor had faults or was not published"
    assert failed(found)


def test_bar_says_why_it_was_not_compared():
    small = Bar("cpu_us_per_delivery", 1, least={"people": 5000})
    bars = made(AT_LEAST, small, knobs=Knobs(people=100))["bars"]
    assert [bar["because"] for bar in bars] == ["there was no --peer floor", "the run is too small"]


def test_no_bar_is_compared_where_the_run_was_not_like_those_it_is_for():
    about = {**ABOUT, "uncompared": "the server and its load shared a core"}
    found = result(scenario(Bar("cpu_us_per_delivery", 1)), Knobs(), [contender_result("breakout", [outcome()])], about)
    assert [(bar["met"], bar["because"]) for bar in found["bars"]] == [(None, about["uncompared"])]
    assert not failed(found)


def test_run_does_not_fail_by_a_fault_of_a_peer():
    assert not failed(made(floor=outcome(faults=["1 deliveries lost"])))


def test_busy_generator_keeps_rates_and_latencies_from_being_published():
    found = contender_result("breakout", [outcome(share=0.2), outcome(share=0.81)])
    assert not found["published"]
    assert "81%" in found["refusal"]
    assert [figure["name"] for figure in found["figures"]] == ["cpu_us_per_delivery"]
    assert found["curves"] == {}
    assert failed({"bars": [], "faults": [], "contenders": [found]})


def test_generator_at_its_limit_is_still_published():
    found = contender_result("breakout", [outcome(share=0.8)])
    assert found["published"]
    assert figure_of(found, "delivery_p99_ms") == 50.0
    assert found["curves"]["delivery"][-1][0] == 100


def test_result_keeps_only_the_knobs_that_did_something():
    assert made(knobs=Knobs(people=8, rooms=20))["knobs"] == {"rooms": 20, "people": 8, "grace": 10}


def test_saved_result_reads_back_as_it_was(tmp_path):
    found = made(AT_LEAST, own=outcome(), floor=outcome())
    save(found, tmp_path / "deep" / "r.json")
    assert load(tmp_path / "deep" / "r.json") == json.loads(json.dumps(found))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 99, "contenders": []}'])
def test_file_that_is_no_result_is_refused(tmp_path, text):
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(ResultUnreadable):
        load(tmp_path / "r.json")


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(ResultUnreadable, match="cannot be read"):
        load(tmp_path / "none.json")
