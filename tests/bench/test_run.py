import resource
import time

import pytest

from bench.cli import BenchRefused
from bench.knobs import KnobRefused
from bench.remote import Elsewhere
from bench.run import Wish, make_plan, run_command
from bench.scenarios import SCENARIOS
from bench.scenarios.killed import KILLED
from gateway.settings import Settings
from gateway.token_issue import Person, issue_token

KEY = "k" * 48


@pytest.fixture
def elsewhere(tmp_path):
    (tmp_path / "key").write_text(KEY)
    return Elsewhere(url="http://127.0.0.1:1", key_file=tmp_path / "key")


@pytest.mark.parametrize(
    "name",
    ["join-storm", "ticks", "recall", "fanout", "chat", "churn", "reconnect-storm", "restart", "durable", "soak", "idle", "mixed"],
)
def test_every_scenario_is_there_and_heeds_only_knobs_that_exist(name):
    scenario = SCENARIOS[name]
    assert scenario.name == name
    assert all(hasattr(scenario.defaults, knob) for knob in scenario.heeds)
    assert make_plan(name, Wish(), {}).knobs == scenario.defaults


def test_unknown_scenario_is_refused_with_those_that_there_are():
    with pytest.raises(BenchRefused, match="no scenario storm; there are join-storm, ticks"):
        make_plan("storm", Wish(), {})


@pytest.mark.parametrize(
    ("name", "knob"),
    [("join-storm", "rate"), ("ticks", "window"), ("recall", "seconds"), ("fanout", "rate"), ("chat", "beats"), ("churn", "rounds"),
     ("restart", "seconds"), ("start", "people"), ("durable", "rounds"), ("soak", "grace"), ("idle", "rate"), ("mixed", "beats")],
)  # fmt: skip
def test_knob_that_a_scenario_does_not_heed_is_refused(name, knob):
    with pytest.raises(KnobRefused, match=f"--{knob} would do nothing here"):
        make_plan(name, Wish(), {knob: 5})


def test_kill9_is_the_durable_scenario_with_rounds():
    plan = make_plan("durable", Wish(kill9=True), {"rounds": 2})
    assert (plan.scenario, plan.knobs.rounds) == (KILLED, 2)
    with pytest.raises(BenchRefused, match="--kill9 is for"):
        make_plan("ticks", Wish(kill9=True), {})


@pytest.mark.parametrize("name", ["restart", "start", "soak", "idle"])
def test_scenario_that_looks_into_the_server_is_refused_with_workers(name):
    with pytest.raises(BenchRefused, match="cannot be run with --workers"):
        make_plan(name, Wish(workers=2), {})


def test_timers_of_workers_tick_once_a_second_and_other_beats_are_refused():
    assert make_plan("ticks", Wish(workers=2), {}).knobs.beats == 1
    with pytest.raises(BenchRefused, match="leave out --beats"):
        make_plan("ticks", Wish(workers=2), {"beats": 10})


def test_workers_are_refused_elsewhere(elsewhere):
    with pytest.raises(BenchRefused, match="--workers is about a server that is started here"):
        make_plan("chat", Wish(workers=2, elsewhere=elsewhere), {})


def test_no_bar_is_compared_with_workers_or_on_one_core(monkeypatch):
    assert make_plan("ticks", Wish(workers=2), {}).uncompared == "the bars are for one process and not for 2 workers"
    monkeypatch.setattr("bench.runner.cores", lambda: [0, 1])
    assert make_plan("ticks", Wish(), {}).uncompared is None
    monkeypatch.setattr("bench.runner.cores", lambda: [0])
    assert make_plan("ticks", Wish(), {}).uncompared == "the server and its load shared a core"


def test_too_few_open_files_are_refused_before_anything_runs(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 1024))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    with pytest.raises(BenchRefused, match="1,000 people need 1,200 open files and the hard limit is 1,024: raise it"):
        run_command("chat", Wish(), {"people": 1000})


def test_peer_that_cannot_take_a_scenario_is_refused():
    with pytest.raises(BenchRefused, match="durable cannot be run on floor"):
        make_plan("durable", Wish(peers=("floor",)), {})


def test_generators_are_refused_where_nobody_is_simulated():
    with pytest.raises(BenchRefused, match="--generators would do nothing"):
        make_plan("start", Wish(processes=2), {})


@pytest.mark.parametrize("name", ["restart", "start", "soak", "idle"])
def test_scenario_that_looks_into_the_server_is_refused_elsewhere(name, elsewhere):
    with pytest.raises(BenchRefused, match="cannot be run with --url"):
        make_plan(name, Wish(elsewhere=elsewhere), {})


def test_killing_and_comparing_are_refused_elsewhere(elsewhere):
    with pytest.raises(BenchRefused, match="cannot be run with --url"):
        make_plan("durable", Wish(kill9=True, elsewhere=elsewhere), {})
    with pytest.raises(BenchRefused, match="there are no peers"):
        make_plan("chat", Wish(peers=("floor",), elsewhere=elsewhere), {})


def test_timers_elsewhere_tick_once_a_second_and_other_beats_are_refused(elsewhere):
    assert make_plan("ticks", Wish(elsewhere=elsewhere), {}).knobs.beats == 1
    with pytest.raises(BenchRefused, match="leave out --beats"):
        make_plan("ticks", Wish(elsewhere=elsewhere), {"beats": 10})


def test_sessions_elsewhere_are_those_that_the_tokens_are_for(tmp_path):
    person = Person(user_id="o", roles=["OWNER"], sessions=["a", "b"])
    token = issue_token(person, Settings(), KEY.encode(), now=time.time(), lifetime_seconds=600)
    (tmp_path / "tokens").write_text(token)
    wish = Wish(elsewhere=Elsewhere(url="http://127.0.0.1:1", tokens=tmp_path / "tokens"))
    assert make_plan("chat", wish, {}).knobs.sessions == 2
    assert make_plan("chat", wish, {"sessions": 1}).knobs.sessions == 1
    with pytest.raises(BenchRefused, match="into 2 sessions: --sessions 3 is too many"):
        make_plan("chat", wish, {"sessions": 3})
