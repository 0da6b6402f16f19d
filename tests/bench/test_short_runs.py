"""The real thing, small: twenty people for a second, through the command line. No test asserts how fast anything was."""

import json
import os
import sys
import time

import httpx
import pytest
from click.testing import CliRunner

from bench.cli import main
from bench.contender import Launch
from bench.knobs import Knobs
from bench.node import NodeMissing, socketio_command
from bench.process import Place
from bench.remote import Remote
from bench.result import figure_of
from bench.staff import Staff
from bench.target import start_breakout
from bench.token import attendee_token, staff_token
from gateway.settings import Settings
from gateway.token_issue import Person, issue_token

SMALL = ("--people", "20", "--rooms", "4")


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Runs a command and gives its result, whatever the bars say, and however busy the load is: the machine is not quiet here."""
    monkeypatch.setattr("bench.arena.SETTLE_SECONDS", 0.2)
    monkeypatch.setattr("bench.result.MOST_GENERATOR_SHARE", 1_000)
    monkeypatch.setattr(sys, "argv", ["breakout-bench", "run"])

    def run(*arguments):
        said = CliRunner().invoke(main, ["run", *map(str, arguments), "--json", str(tmp_path / "r.json")])
        assert said.exit_code in (0, 1), said.output
        return json.loads((tmp_path / "r.json").read_text())

    return run


def faults(found):
    return [contender["faults"] for contender in found["contenders"]]


def figures(found, *names):
    return [[figure_of(contender, name) for name in names] for contender in found["contenders"]]


def test_join_storm_runs_side_by_side_with_its_peers(bench):
    found = bench("join-storm", *SMALL, "--peer", "floor", "--peer", "websockets")
    assert [contender["name"] for contender in found["contenders"]] == ["breakout", "floor", "websockets"]
    assert faults(found) == [[], [], []]
    assert all(cost and cost > 0 for (cost,) in figures(found, "cpu_ms_per_join"))
    assert set(found["ratios"]["cpu_ms_per_join"]) == {"floor", "websockets"}
    assert found["knobs"] == {"sessions": 4, "rooms": 4, "people": 20, "window": 200}


def test_ticks_reach_everybody_on_every_beat(bench):
    found = bench("ticks", *SMALL, "--seconds", 2.5, "--beats", 1, "--peer", "floor")
    assert faults(found) == [[], []]
    for per_second, cost in figures(found, "deliveries_per_second", "cpu_us_per_delivery"):
        assert 0 < per_second < 40, "there are twenty people and one tick a second"
        assert cost > 0


def test_recall_reaches_everybody_with_and_without_grace(bench):
    for grace in (0, 10):
        found = bench("recall", *SMALL, "--rounds", 1, "--grace", grace, "--generators", 2)
        assert faults(found) == [[]]
        assert f"{grace} s of grace" in found["bars"][0]["text"]
        assert figures(found, "cpu_us_per_person")[0][0] > 0


def test_fanout_loses_nothing_with_several_generators(bench):
    found = bench("fanout", "--people", 20, "--seconds", 0.5, "--generators", 2, "--peer", "floor")
    assert faults(found) == [[], []]
    assert all(cost and cost > 0 for (cost,) in figures(found, "cpu_us_per_delivery"))


def test_kill_drill_keeps_everything_and_its_control_loses_something(bench):
    found = bench("durable", "--kill9", *SMALL, "--seconds", 1, "--rate", 100, "--rounds", 1)
    assert faults(found) == [[]]
    [(acknowledged, lost, told, caught)] = figures(found, "acknowledged", "lost", "control_acknowledged", "control_lost")
    assert (acknowledged > 0, lost) == (True, 0)
    assert 0 < caught <= told


def test_evening_ends_with_everybody_called_back(bench):
    found = bench("mixed", *SMALL, "--seconds", 1, "--rate", 40)
    assert faults(found) == [[]]
    assert figures(found, "assign_ms", "recall_ms")[0][1] > 0


def test_idle_weighs_people_as_they_are_on_every_server(bench, monkeypatch):
    monkeypatch.setattr("bench.scenarios.idle.REST_SECONDS", 0.5)
    found = bench("idle", *SMALL, "--seconds", 0.5, "--peer", "floor")
    assert faults(found) == [[], []]
    own, floor = figures(found, "kib_per_room", "kib_per_person", "rss_kib_per_person")
    assert None not in own
    assert (floor[:2], floor[2] is None) == ([None, None], False)
    assert set(found["ratios"]) <= {"rss_kib_per_person", "cpu_share_people"}, "others cannot be asked to collect"


def test_start_comes_back_with_its_rooms_each_time(bench):
    found = bench("start", "--rooms", 3, "--rounds", 2)
    assert faults(found) == [[]]
    assert figures(found, "start_max_ms")[0][0] > 0


def test_growth_has_every_step_of_both_axes(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.arena.SETTLE_SECONDS", 0.2)
    for name, value in (("REST_SECONDS", 0.2), ("LISTEN_SECONDS", 0.5), ("STEPS", 2)):
        monkeypatch.setattr(f"bench.growth.{name}", value)
    arguments = ["growth", "--rooms", "8", "--people", "8", "--repeat", "2", "--json", str(tmp_path / "g.json")]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    found = json.loads((tmp_path / "g.json").read_text())
    assert [[step["value"] for step in axis["steps"]] for axis in found["growth"]] == [[4, 8], [4, 8]]
    assert found["faults"] == []
    assert {bar["met"] for bar in found["bars"]} == {None}, "these steps are too small to be judged"


def test_socketio_takes_the_same_load(bench):
    try:
        socketio_command()
    except NodeMissing as missing:
        if "CI" in os.environ:
            raise
        pytest.skip(str(missing))
    found = bench("join-storm", *SMALL, "--peer", "socketio")
    assert faults(found) == [[], []]
    assert "Node v" in found["contenders"][1]["version"]
    assert all(None not in of for of in figures(found, "joins_per_second", "cold_joins_per_second", "cpu_ms_per_join"))
    found = bench("recall", *SMALL, "--rounds", 1, "--peer", "socketio")
    assert faults(found) == [[], []]


@pytest.mark.parametrize(
    ("arguments", "figure"),
    [
        (("churn", *SMALL, "--seconds", 0.5), "cpu_ms_per_return"),
        (("reconnect-storm", *SMALL, "--peer", "floor"), "cpu_ms_per_join"),
        (("restart", "--people", 10, "--rooms", 2, "--rounds", 1, "--rate", 20, "--generators", 2), "restored_max_ms"),
        (("durable", *SMALL, "--seconds", 0.5, "--rate", 100), "cpu_us_per_change"),
        (("soak", *SMALL, "--seconds", 1), "memory_grown_percent"),
    ],
)
def test_scenario_ends_without_a_fault_and_with_its_figure(bench, arguments, figure):
    found = bench(*arguments)
    assert not any(faults(found)), faults(found)
    assert all(value is not None for (value,) in figures(found, figure))


def test_workers_share_the_load_and_each_one_is_seen(bench):
    found = bench("chat", *SMALL, "--seconds", 0.5, "--rate", 40, "--workers", 2)
    assert faults(found) == [[]]
    assert found["workers"] == 2
    [shares] = figures(found, "cpu_share_front", "cpu_share_worker_1", "cpu_share_worker_2")
    assert all(share is not None for share in shares)
    assert sum(shares) > 0


@pytest.fixture
def server(tmp_path):
    """A server of somebody else, with the limits of every other one."""
    running = start_breakout(tmp_path / "b.db", place=Place())
    yield running
    running.stop()


def rooms(server):
    """The rooms of every session that the server knows."""
    person = Person(user_id="operator", permissions=["breakout:operate"])
    token = issue_token(person, Settings(), server.key, now=time.time(), lifetime_seconds=60)
    url = f"http://127.0.0.1:{server.address.port}/api/admin/actors"
    tree = httpx.get(url, headers={"Authorization": f"Bearer {token}"}).raise_for_status().json()
    return {session["id"]: session["rooms"] for session in tree["sessions"]}


def rooms_of(server, session):
    return {room["id"]: room["status"] for room in rooms(server)[session]}


def test_server_elsewhere_is_loaded_by_its_key_and_left_without_open_rooms(bench, server, tmp_path):
    (tmp_path / "key").write_bytes(server.key)
    url = f"http://127.0.0.1:{server.address.port}"
    found = bench("chat", *SMALL, "--seconds", 0.5, "--rate", 40, "--url", url, "--key-file", tmp_path / "key")
    assert faults(found) == [[]]
    assert figures(found, "cpu_us_per_delivery", "lateness_p99_ms") == [[None, None]], "nobody can look into that server"
    assert [room["status"] for session in rooms(server).values() for room in session] == ["CLOSED"] * 4


def test_server_elsewhere_is_loaded_with_tokens_from_a_file(bench, server, tmp_path):
    tokens = [staff_token(server.key), *(attendee_token(server.key, number) for number in range(20))]
    (tmp_path / "tokens").write_text("\n".join(tokens))
    url = f"http://127.0.0.1:{server.address.port}"
    found = bench("ticks", *SMALL, "--seconds", 2.5, "--url", url, "--tokens", tmp_path / "tokens")
    assert faults(found) == [[]]
    assert figures(found, "deliveries_per_second")[0][0] > 0


def refused(server, tmp_path):
    """What is said of a run with tokens for the session `theirs`."""
    organizer = Person(user_id="organizer", roles=["OWNER"], sessions=["theirs"])
    tokens = [issue_token(organizer, Settings(), server.key, now=time.time(), lifetime_seconds=60), attendee_token(server.key, 1)]
    (tmp_path / "tokens").write_text("\n".join(tokens))
    url = f"http://127.0.0.1:{server.address.port}"
    arguments = ["run", "recall", "--people", "1", "--rooms", "1", "--url", url, "--tokens", str(tmp_path / "tokens")]
    said = CliRunner().invoke(main, arguments)
    assert said.exit_code == 2
    return said.stderr


IN_USE = "session theirs is in use: rooms or people are there"


def test_room_of_somebody_else_is_neither_loaded_nor_closed(server, tmp_path):
    staff = Staff(server.address, "theirs", staff_token(server.key))
    [room] = staff.ask("breakout.rooms.create", rooms=[{"name": "Theirs"}])["rooms"]
    staff.close()
    assert IN_USE in refused(server, tmp_path)
    assert rooms_of(server, "theirs") == {room["id"]: "WAITING"}


def test_session_with_people_in_it_is_not_loaded(server, tmp_path):
    somebody = Staff(server.address, "theirs", attendee_token(server.key, 7))
    assert IN_USE in refused(server, tmp_path)
    somebody.close()


def test_run_closes_the_rooms_that_it_made_and_no_other(server, tmp_path):
    knobs = Knobs(sessions=1, rooms=2, people=2)
    contender = Launch(tmp_path, remote=Remote(server.address, server.tokens)).start("breakout", knobs)
    [session] = contender.sessions
    staff = Staff(server.address, session, staff_token(server.key))
    [later] = staff.ask("breakout.rooms.create", rooms=[{"name": "Made while it ran"}])["rooms"]
    staff.close()
    contender.leave()
    assert rooms_of(server, session) == {later["id"]: "WAITING", **{room: "CLOSED" for _, room in contender.rooms}}
