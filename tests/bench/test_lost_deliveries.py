"""The counts are worth something: a server that loses or doubles one delivery is caught at it, and one that does not is not."""

import sys

import pytest
from attrs import evolve

import bench.contender
import bench.scenarios.recall
from bench.arena import Field
from bench.contender import Launch
from bench.scenarios import SCENARIOS

SMALL = {"sessions": 1, "rooms": 2, "people": 20, "seconds": 0.5, "rounds": 1}


@pytest.fixture
def field(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.arena.SETTLE_SECONDS", 0.1)
    monkeypatch.setattr(bench.scenarios.recall, "SECONDS", 1.0)
    return Field(Launch(tmp_path))


@pytest.fixture
def careless(monkeypatch):
    def choose(how, what):
        command = [sys.executable, "-m", "tests.bench.careless_peer", how, what]
        monkeypatch.setattr(bench.contender, "_peer_command", lambda _: command)

    return choose


def faults(field, name, **knobs):
    scenario = SCENARIOS[name]
    return scenario.run(field, "floor", evolve(scenario.defaults, **{**SMALL, **knobs})).faults


@pytest.mark.parametrize(
    ("mistake", "name", "fault"),
    [
        (("lose", "chat"), "fanout", "1 deliveries lost"),
        (("double", "chat"), "fanout", "1 deliveries doubled"),
        (("lose", "chat"), "chat", "1 deliveries lost"),
        (("lose", "recall"), "recall", "1 people were not called back"),
    ],
)
def test_one_mistake_of_a_server_is_a_fault(field, careless, mistake, name, fault):
    careless(*mistake)
    knobs = {"rooms": 1} if name == "fanout" else {}
    assert list(faults(field, name, **knobs)) == [fault]


@pytest.mark.parametrize(("how", "fault"), [("lose", "1 ticks lost"), ("double", "1 ticks doubled")])
def test_one_tick_too_few_or_too_many_is_a_fault(field, careless, how, fault):
    careless(how, "tick")
    assert fault in faults(field, "ticks", seconds=1.0)


def test_careful_server_has_no_fault(field):
    assert list(faults(field, "fanout", rooms=1)) == []
    assert list(faults(field, "chat", people=21)) == []


def test_server_that_stops_ticking_is_a_fault(field, careless):
    careless("stop", "tick")
    [fault] = faults(field, "ticks", seconds=1.0)
    assert fault.startswith("20 people heard too few ticks, one of them ")
