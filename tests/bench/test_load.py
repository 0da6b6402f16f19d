from collections import deque
from typing import cast

import pytest

import bench.load
import bench.stamp
from bench.histogram import merged, summary
from bench.load import Load, Window
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


def loaded(swarm, **options):
    return report_of(Load(as_swarm(swarm), DIALECT, {"rate": 10.0, "seconds": 1.0, **options}))


def milliseconds(report, name):
    return summary(merged([report[name]]))


def test_open_loop_sends_at_its_rate_and_hears_every_reply(clock):
    report = loaded(FakeSwarm(clock))
    assert (report["sent"], report["unanswered"], report["deliveries"]) == (10, [], 10)
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


def test_replies_that_trail_behind_the_end_are_heard_and_not_counted_as_in_time(clock):
    report = loaded(FakeSwarm(clock, stalled_until=clock.now + 1.5))
    assert (len(report["acknowledged"]), report["acknowledged_in_time"]) == (10, 0)
    assert loaded(FakeSwarm(clock))["acknowledged_in_time"] >= 9


def test_refusals_are_told_with_who_was_refused(clock):
    assert loaded(FakeSwarm(clock, refused=True))["refused"][:2] == [(0, "rate_limited"), (1, "rate_limited")]


def test_message_that_is_never_answered_is_unanswered(clock):
    assert loaded(FakeSwarm(clock, stalled_until=clock.now + 1000))["unanswered"] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]


def test_nobody_speaks_before_the_common_start(clock):
    swarm = FakeSwarm(clock)
    first = []
    swarm.clients[0].send_text = lambda _: first.append(clock.now)
    loaded(swarm, start_at=clock.now + 0.5)
    assert first[0] >= 100.5


def test_closed_loop_keeps_so_many_under_way_and_no_more(clock):
    swarm = FakeSwarm(clock)
    report = report_of(Window(as_swarm(swarm), DIALECT, {"window": 3, "seconds": 0.1}))
    assert swarm.most == 3
    assert report["sent"] >= 3 * 9
    assert report["unanswered"] == []
