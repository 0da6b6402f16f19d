import pytest

import bench.stamp
from bench.stamp import chat_text, since_chat_was_due, since_tick_was_due, ticks_left
from tests.bench.fake_swarm import FakeTime

TICK = b'{"event":"breakout.timer.tick","topic":"room:r","sentAt":1,"data":{"roomId":"r","remainingSeconds":30,"endsAt":200000}}'


@pytest.fixture
def clock(monkeypatch):
    clock = FakeTime()
    monkeypatch.setattr(bench.stamp, "time", clock)
    return clock


def test_chat_is_as_late_as_its_sender_was_to_send_it(clock):
    payload = b'{"event":"breakout.chat.message","data":{"message":{"text":"%b 17"}}}' % chat_text(99.25).encode()
    assert since_chat_was_due(payload) == pytest.approx(0.75)


def test_chat_of_somebody_else_has_no_stamp():
    assert since_chat_was_due(b'{"event":"breakout.chat.message","data":{"message":{"text":"hello"}}}') is None


def test_tick_is_as_late_as_its_beat_was_due_whenever_it_was_sent(clock):
    clock.now = 170.25
    assert since_tick_was_due(1000)(TICK) == pytest.approx(0.25)


def test_tick_of_a_faster_timer_is_due_on_its_own_beat(clock):
    clock.now = 197.1
    assert since_tick_was_due(100)(TICK) == pytest.approx(0.1)


def test_clock_of_a_server_elsewhere_is_taken_into_account(clock):
    clock.now = 160.25
    assert since_tick_was_due(1000, ahead=10.0)(TICK) == pytest.approx(0.25)


def test_what_is_no_tick_has_no_stamp():
    assert since_tick_was_due(1000)(b'{"event":"reply"}') is None
    assert ticks_left(TICK) == 30
