"""A room's timer: a deadline, not a counter.

Running, it knows the wall-clock instant at which it ends; paused, the milliseconds that were left. `ends_at` falls on
a whole second of the server's clock, rounded up, so that all rooms beat together; a timer may therefore last up to a
second longer than asked and never shorter. What was rounded up is remembered and given back at the next pause or
extension, so that it never adds up. Warnings are thresholds in seconds, given once each, and again after an
extension beyond them.

All instants are milliseconds since the Unix epoch, and `now` is always an argument.
"""

from attrs import evolve, frozen

WARNING_SECONDS = (300, 60)
"""When a room is warned: five minutes and one minute before its end. A threshold not below the duration is skipped."""

LAST_WARNING_SECONDS = WARNING_SECONDS[-1]

MAX_DURATION_SECONDS = 86_400
"""A timer lasts a day at most, its extensions included: a room is an evening's, not a week's."""


@frozen
class Countdown:
    """One timer from its start to its stop.

    Attributes:
        duration_seconds: The whole length asked for, extensions included.
        started_at: When it was started.
        ends_at: When it ends, on a whole second; None while paused.
        paused_ms: What was left when it was paused; None while running.
        warned: The thresholds, in seconds, that were announced and still lie behind.
        revision: Counts up with every change of this timer.
        rounded_ms: By how much `ends_at` was rounded up, 0 to 999; 0 while paused.
    """

    duration_seconds: int
    started_at: int
    ends_at: int | None
    paused_ms: int | None = None
    warned: frozenset[int] = frozenset()
    revision: int = 1
    rounded_ms: int = 0

    @property
    def running(self) -> bool:
        return self.ends_at is not None

    def left_ms(self, now: int) -> int:
        """Milliseconds left at `now` until `ends_at`, at least 0."""
        if self.ends_at is None:
            return self.paused_ms or 0
        return max(0, self.ends_at - now)

    def owed_ms(self, now: int) -> int:
        """Milliseconds left at `now` of what was asked for, without what was rounded up; at least 0."""
        return max(0, self.left_ms(now) - self.rounded_ms)

    def remaining_seconds(self, now: int) -> int:
        """Seconds left as a display shows them: started seconds count, never more than the duration."""
        return min(self.duration_seconds, -(-self.left_ms(now) // 1000))


def whole_second(at: int) -> int:
    """The first whole second at or after `at`."""
    return -(-at // 1000) * 1000


def start(duration_seconds: int, now: int, *, revision: int = 1) -> Countdown:
    """A countdown of `duration_seconds` that runs from `now`."""
    stopped = Countdown(duration_seconds, now, None, paused_ms=duration_seconds * 1000, revision=revision)
    return _run(stopped, now)


def extend(countdown: Countdown, seconds: int, now: int) -> Countdown:
    """Lengthen (or, with a negative number, shorten) what is left; at least one second stays."""
    stopped = evolve(
        countdown,
        duration_seconds=max(1, countdown.duration_seconds + seconds),
        ends_at=None,
        paused_ms=max(1000, countdown.owed_ms(now) + seconds * 1000),
        revision=countdown.revision + 1,
        rounded_ms=0,
    )
    changed = _run(stopped, now) if countdown.running else stopped
    return evolve(changed, warned=frozenset(w for w in countdown.warned if w * 1000 >= changed.left_ms(now)))


def pause(countdown: Countdown, now: int) -> Countdown:
    """Stop the clock and keep what is left of what was asked for, to the millisecond."""
    left = countdown.owed_ms(now)
    return evolve(countdown, ends_at=None, paused_ms=left, revision=countdown.revision + 1, rounded_ms=0)


def resume(countdown: Countdown, now: int) -> Countdown:
    """Run on from where it was paused; the new end is again on a whole second."""
    return evolve(_run(countdown, now), revision=countdown.revision + 1)


def _run(paused: Countdown, now: int) -> Countdown:
    exact = now + paused.left_ms(now)
    ends_at = whole_second(exact)
    return evolve(paused, ends_at=ends_at, paused_ms=None, rounded_ms=ends_at - exact)


def warn(countdown: Countdown, threshold: int) -> Countdown:
    """Note that `threshold` and every larger one have been announced."""
    passed = {w for w in WARNING_SECONDS if w >= threshold}
    return evolve(countdown, warned=countdown.warned | passed)


def due_warning(countdown: Countdown, now: int) -> int | None:
    """The smallest threshold that is reached and was not announced, or None.

    Several thresholds passed at once (after a shortening, or while the server was down) give one warning.
    """
    left = countdown.left_ms(now)
    if not countdown.running or left <= 0:
        return None
    due = [w for w in WARNING_SECONDS if w < countdown.duration_seconds and left <= w * 1000]
    return min(due) if due and min(due) not in countdown.warned else None


def next_change_at(countdown: Countdown) -> int | None:
    """The next instant at which a warning or the end is due; None while paused."""
    if countdown.ends_at is None:
        return None
    ahead = [w for w in WARNING_SECONDS if w < countdown.duration_seconds and w not in countdown.warned]
    return countdown.ends_at - max(ahead, default=0) * 1000
