import time

import pytest
import trio
import trio.testing

from gateway.lateness import BEAT_SECONDS, Lateness


@pytest.fixture
def probe() -> Lateness:
    """Its first beat is due at 5.0."""
    made = Lateness()
    made._due = 5.0
    return made


def test_beat_served_when_it_was_due_is_not_late(probe):
    probe.note_late(5.0)
    assert probe.statistics.beats == 1
    assert probe.statistics.quantile(0.99) == 0.0


def test_stall_is_noted_once_for_every_beat_it_swallowed(probe):
    probe.note_late(5.105)
    assert probe.statistics.beats == 11
    assert probe.statistics.high_seconds == pytest.approx(0.105)
    assert probe.statistics.total_seconds == pytest.approx(sum(0.005 + n * 0.01 for n in range(11)))


def test_quantile_is_the_bucket_below_which_that_share_of_the_beats_was(probe):
    for _ in range(99):
        probe.note_late(probe._due + 0.0019)
    probe.note_late(probe._due + 0.0095)
    assert probe.statistics.quantile(0.99) == 0.002
    assert probe.statistics.quantile(1.0) == pytest.approx(0.0095)


def test_lateness_beyond_the_last_bucket_is_the_worst_one(probe):
    probe.note_late(5.0 + 7)
    assert probe.statistics.quantile(1.0) == pytest.approx(7)


def test_statistics_since_a_reading_leave_out_what_was_before(probe):
    probe.note_late(5.4)
    earlier = probe.statistics
    probe.note_punctual(probe._due)
    later = probe.statistics.since(earlier)
    assert later.beats == 1
    assert later.total_seconds == 0


def test_beats_within_a_wait_are_counted_without_being_late(probe):
    probe.note_punctual(5.0 + 99.5 * BEAT_SECONDS)
    assert probe.statistics.beats == 100
    assert probe.statistics.high_seconds == 0


async def test_wait_of_the_loop_is_on_time(probe, mock_clock):
    probe._due = trio.current_time() + BEAT_SECONDS
    probe.before_io_wait(60)
    mock_clock.jump(1.005)
    probe.after_io_wait(60)
    probe.before_io_wait(0)
    assert probe.statistics.beats == 100
    assert probe.statistics.high_seconds == pytest.approx(0, abs=1e-9)


async def test_wait_that_lasts_longer_than_asked_for_is_late(probe, mock_clock):
    probe._due = trio.current_time() + BEAT_SECONDS
    probe.before_io_wait(0.015)
    mock_clock.jump(0.105)
    probe.after_io_wait(0.015)
    probe.before_io_wait(0)
    assert probe.statistics.beats == 10
    assert probe.statistics.high_seconds == pytest.approx(0.085)


async def test_task_that_keeps_the_loop_makes_its_beats_late():
    probe = Lateness()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(probe.run)
        await trio.testing.wait_all_tasks_blocked()
        begun = time.perf_counter()
        while time.perf_counter() - begun < 0.06:
            pass
        await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    assert probe.statistics.high_seconds >= 0.05 - BEAT_SECONDS
    assert probe.statistics.beats >= 5
