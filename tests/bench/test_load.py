from collections import deque
from typing import cast

import pytest

import bench.load
import bench.stamp
from bench.histogram import merged, summary
from bench.load import Load, Window
from bench.scenario import not_acknowledged
from bench.swarm import Swarm
from tests.bench.fake_swarm import DIALECT, FakeSwarm, FakeTime


@pytest.fixture
def clock(monkeypatch):
    clock = FakeTime()
    for module in (bench.load, bench.stamp):
        monkeypatch.setattr(module, "time", clock)
    return clock


def as_swarm(fake: FakeSwarm) -> Swarm:
    return cast(Swarm, fake)


def report_of(load):
    load.run()
    return load.report()


def loaded(swarm, audience=1, **options):
    return report_of(Load(as_swarm(swarm), DIALECT, {"rate": 10.0, "seconds": 1.0, **options}, lambda _: audience))


def milliseconds(report, name):
    return summary(merged([report[name]]))


def test_open_loop_sends_at_its_rate_and_hears_every_reply(clock):
    report = loaded(FakeSwarm(clock))
    assert (report["sent"], report["unanswered"], report["deliveries"]) == (10, 0, 10)
    assert milliseconds(report, "acks")["max"] < 101
    assert len({client for client, _ in report["acknowledged"]}) == 4


def test_stall_is_felt_by_every_message_that_was_due_in_it(clock):
    """A generator that waited for replies would have seen one slow message; here all ten count from when they were due."""
    report = loaded(FakeSwarm(clock, stalled_until=clock.now + 1.0))
    acks = milliseconds(report, "acks")
    assert acks["count"] == 10
    assert acks["max"] == pytest.approx(1000, abs=60)
    assert acks["p50"] == pytest.approx(600, abs=110)


def test_generator_that_was_held_up_itself_counts_from_when_messages_were_due(clock):
    deliveries = milliseconds(loaded(FakeSwarm(clock, pauses=deque([0.95]))), "latency")
    assert deliveries["count"] == 10
    assert deliveries["max"] == pytest.approx(950, abs=60)


def test_expected_deliveries_follow_from_what_was_acknowledged_and_who_hears_it(clock):
    assert loaded(FakeSwarm(clock), audience=7)["expected"] == 70
    refused = loaded(FakeSwarm(clock, refused=True), audience=7)
    assert (refused["expected"], refused["refusals"]) == (0, {"rate_limited": 10})


def test_refusals_are_faults_by_code_with_advice(clock):
    other = {"refusals": {"room_closed": 1}, "unanswered": 2}
    faults = not_acknowledged([loaded(FakeSwarm(clock, refused=True)), other], "messages")
    assert faults[0].startswith("10 messages refused: rate_limited; lower --rate")
    assert faults[1:] == ["1 messages refused: room_closed", "2 messages not answered"]


def test_message_that_is_never_answered_is_unanswered(clock):
    assert loaded(FakeSwarm(clock, stalled_until=clock.now + 1000))["unanswered"] == 10


def test_nobody_speaks_before_the_common_start(clock):
    swarm = FakeSwarm(clock)
    first = []
    swarm.clients[0].send_text = lambda _: first.append(clock.now)
    loaded(swarm, start_at=clock.now + 0.5)
    assert first[0] >= 100.5


def test_closed_loop_keeps_so_many_under_way_and_no_more(clock):
    swarm = FakeSwarm(clock)
    report = report_of(Window(as_swarm(swarm), DIALECT, {"window": 3, "seconds": 0.1}, lambda _: 1))
    assert swarm.most == 3
    assert report["sent"] >= 3 * 9
    assert report["unanswered"] == 0
