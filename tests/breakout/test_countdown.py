import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from breakout.countdown import (
    WARNING_SECONDS,
    Countdown,
    due_warning,
    extend,
    next_change_at,
    pause,
    resume,
    start,
    warn,
    whole_second,
)

NOW = 1_790_000_000_123


@given(st.integers(0, 2**45))
def test_whole_second_is_the_first_at_or_after(at):
    assert whole_second(at) % 1000 == 0
    assert 0 <= whole_second(at) - at < 1000


def test_countdown_ends_on_a_whole_second_and_not_early():
    assert start(60, NOW).ends_at == 1_790_000_061_000


def test_countdown_shows_no_more_than_its_duration_at_its_start():
    assert start(60, NOW).remaining_seconds(NOW) == 60


def test_countdown_counts_started_seconds_as_remaining():
    countdown = start(60, NOW)
    ends_at = countdown.ends_at or 0
    assert [countdown.remaining_seconds(ends_at - left) for left in (1001, 1000, 1, 0, -5000)] == [2, 1, 1, 0, 0]


def test_pause_keeps_what_was_asked_for_to_the_millisecond():
    paused = pause(start(60, NOW), NOW + 20_400)
    assert (paused.paused_ms, paused.running) == (39_600, False)


def test_paused_countdown_does_not_run():
    paused = pause(start(60, NOW), NOW + 20_000)
    assert paused.remaining_seconds(NOW + 10**9) == paused.remaining_seconds(NOW + 20_000) == 40


def test_pausing_and_resuming_a_hundred_times_makes_it_no_later_than_a_second():
    countdown = start(600, NOW)
    for second in range(1, 101):
        countdown = resume(pause(countdown, NOW + second * 10), NOW + second * 10)
    assert NOW + 600_000 <= (countdown.ends_at or 0) < NOW + 601_000


def test_shortening_leaves_a_second():
    countdown = extend(start(60, NOW), -500, NOW)
    assert NOW + 1000 <= (countdown.ends_at or 0) < NOW + 2000
    assert countdown.duration_seconds == 1


def test_extension_of_a_paused_countdown_leaves_it_paused():
    countdown = extend(pause(start(60, NOW), NOW), 30, NOW)
    assert (countdown.running, countdown.paused_ms, countdown.duration_seconds) == (False, 90_000, 90)


@pytest.mark.parametrize(("duration", "thresholds"), [(60, []), (61, [60]), (300, [60]), (301, [300, 60])])
def test_only_thresholds_below_the_duration_are_warned_of(duration, thresholds):
    assert [threshold for threshold, _ in run_out(start(duration, NOW))] == thresholds


def test_warning_is_due_exactly_at_its_threshold():
    countdown = start(400, NOW)
    ends_at = countdown.ends_at or 0
    assert due_warning(countdown, ends_at - 300_001) is None
    assert due_warning(countdown, ends_at - 300_000) == 300


def test_thresholds_passed_at_once_give_one_warning():
    countdown = extend(start(600, NOW), -570, NOW + 1)
    assert due_warning(countdown, NOW + 1) is None, "a countdown of 30 seconds has no threshold below it"
    late = start(600, NOW)
    assert due_warning(late, NOW + 590_000) == 60
    assert due_warning(warn(late, 60), NOW + 590_000) is None


def test_warning_is_given_again_only_after_an_extension_past_it():
    warned = warn(start(600, NOW), 300)
    at = NOW + 310_000
    assert extend(warned, 5, at).warned == {300}
    assert extend(warned, 60, at).warned == frozenset()


def test_extension_past_the_last_warning_keeps_the_earlier_one():
    warned = warn(start(600, NOW), 60)
    assert extend(warned, 60, NOW + 560_000).warned == {300}


def test_no_warning_is_due_while_paused_or_at_the_end():
    countdown = start(600, NOW)
    assert due_warning(pause(countdown, NOW + 599_000), NOW + 599_000) is None
    assert due_warning(countdown, countdown.ends_at or 0) is None


def run_out(countdown: Countdown) -> list[tuple[int, int]]:
    """Every warning until the end, as a room gives them: woken only at `next_change_at`."""
    given_warnings = []
    while (at := next_change_at(countdown)) is not None and at < (countdown.ends_at or 0):
        threshold = due_warning(countdown, at)
        assert threshold is not None
        given_warnings.append((threshold, at))
        countdown = warn(countdown, threshold)
    return given_warnings


class CountdownMachine(RuleBasedStateMachine):
    """A countdown beside the plainest model of it: milliseconds owed, counted down while it runs."""

    @initialize(seconds=st.integers(1, 1200), now=st.integers(0, 10**6))
    def begin(self, seconds: int, now: int) -> None:
        self.now = now
        self.owed = seconds * 1000
        self.countdown = start(seconds, now)
        self.announced: list[int] = []

    @rule(ms=st.one_of(st.integers(1, 1500), st.integers(1, 400_000)))
    def time_passes(self, ms: int) -> None:
        """A room acts at each instant named by `next_change_at` on the way."""
        until = self.now + ms
        while (at := next_change_at(self.countdown)) is not None and at <= until and at < (self.countdown.ends_at or 0):
            self._advance(max(at, self.now))
            threshold = due_warning(self.countdown, self.now)
            assert threshold is not None, "woken for nothing"
            assert threshold not in self.announced
            self.announced.append(threshold)
            self.countdown = warn(self.countdown, threshold)
        self._advance(until)

    def _advance(self, now: int) -> None:
        if self.countdown.running:
            self.owed = max(0, self.owed - (now - self.now))
        self.now = now

    @rule(seconds=st.one_of(st.integers(-60, 60), st.integers(-1200, 1200)))
    def extend(self, seconds: int) -> None:
        self.owed = max(1000, self.owed + seconds * 1000)
        self.countdown = extend(self.countdown, seconds, self.now)
        left = self.countdown.left_ms(self.now)
        self.announced = [threshold for threshold in self.announced if threshold * 1000 >= left]

    @precondition(lambda self: self.countdown.running)
    @rule()
    def pause(self) -> None:
        self.countdown = pause(self.countdown, self.now)

    @precondition(lambda self: not self.countdown.running)
    @rule()
    def resume(self) -> None:
        self.countdown = resume(self.countdown, self.now)

    @invariant()
    def it_never_ends_early_and_less_than_a_second_late(self) -> None:
        if self.countdown.ends_at is None:
            assert self.countdown.paused_ms == self.owed
        elif self.owed:
            assert 0 <= self.countdown.ends_at - (self.now + self.owed) < 1000
            assert self.countdown.ends_at % 1000 == 0

    @invariant()
    def what_it_shows_is_what_is_left(self) -> None:
        shown = self.countdown.remaining_seconds(self.now)
        assert 0 <= shown <= self.countdown.duration_seconds
        assert shown * 1000 >= min(self.owed, self.countdown.duration_seconds * 1000)
        assert shown * 1000 < self.countdown.left_ms(self.now) + 1000

    @invariant()
    def what_was_announced_is_remembered(self) -> None:
        assert set(self.announced) <= self.countdown.warned <= set(WARNING_SECONDS)


TestCountdownMachine = CountdownMachine.TestCase
