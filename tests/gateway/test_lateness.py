import pytest
import trio

from gateway.lateness import BEAT_SECONDS, Lateness


def test_beat_on_time_is_not_late():
    probe = Lateness()
    assert probe.note(5.0, 5.0) == 5.0 + BEAT_SECONDS
    assert probe.statistics.beats == 1
    assert probe.statistics.quantile(0.99) == 0.0


def test_stall_is_noted_once_for_every_beat_it_swallowed():
    probe = Lateness()
    assert probe.note(5.0, 5.105) == pytest.approx(5.11)
    assert probe.statistics.beats == 11
    assert probe.statistics.high_seconds == pytest.approx(0.105)
    assert probe.statistics.total_seconds == pytest.approx(sum(0.005 + n * 0.01 for n in range(11)))


def test_quantile_is_the_bucket_below_which_that_share_of_the_beats_was():
    probe = Lateness()
    for _ in range(99):
        probe.note(5.0, 5.0019)
    probe.note(5.0, 5.0095)
    assert probe.statistics.quantile(0.99) == 0.002
    assert probe.statistics.quantile(1.0) == pytest.approx(0.0095)


def test_lateness_beyond_the_last_bucket_is_the_worst_one():
    probe = Lateness()
    probe.note(5.0, 5.0 + 7)
    assert probe.statistics.quantile(1.0) == pytest.approx(7)


def test_statistics_since_a_reading_leave_out_what_was_before():
    probe = Lateness()
    probe.note(5.0, 5.4)
    earlier = probe.statistics
    probe.note(6.0, 6.001)
    later = probe.statistics.since(earlier)
    assert later.beats == 1
    assert later.quantile(1.0) < 0.002


async def test_idle_loop_is_on_time(autojump_clock):
    probe = Lateness()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(probe.run)
        await trio.sleep(1.005)
        nursery.cancel_scope.cancel()
    assert probe.statistics.beats == 100
    assert probe.statistics.high_seconds == pytest.approx(0, abs=1e-9)
