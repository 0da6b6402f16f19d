"""Wakes actors at their deadlines: one task and one heap for all of them.

A cancel scope per wait would do the same, and costs some 50 us each time it ends a wait: the scope, the deadline in trio's own
heap, and an exception through the actor's frames. Here the alarm's own task lets a waiting actor do what is due, without a
switch to the actor's task and back. Timers end on whole seconds, so many may be due at once: after every `SLEEPERS_PER_TURN` of
them everybody else gets a turn of the loop.

The task belongs to the trio run, not to an actor: it starts with the first deadline and ends with the run.
"""

import heapq
import itertools
import math
from typing import Final, Protocol

import trio

SLEEPERS_PER_TURN: Final = 32
"""Served before everybody else gets a turn."""


class Sleeper(Protocol):
    """Who wants to be called. `alarm_at` is the deadline it was last given, in trio seconds; None when it wants none."""

    alarm_at: float | None

    def ring(self, late_seconds: float) -> None:
        """The deadline is reached; there is none any more, and this may set another. Must not raise."""


class Alarm:
    """The deadlines of one trio run. Entries whose sleeper wants another time by now are left where they are until then."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Sleeper]] = []
        self._numbers = itertools.count()
        self._waiting = 0
        self._scope: trio.CancelScope | None = None

    @property
    def pending(self) -> int:
        """Entries in the heap, those of no use any more included; at most twice as many as there are sleepers, and some."""
        return len(self._heap)

    def set(self, sleeper: Sleeper, at: float) -> None:
        """Ring `sleeper` at `at` (trio seconds; infinite: not at all) instead of whenever it was to be rung before."""
        if sleeper.alarm_at == at:
            return
        if at == math.inf:
            self.forget(sleeper)
            return
        self._waiting += sleeper.alarm_at is None
        sleeper.alarm_at = at
        heapq.heappush(self._heap, (at, next(self._numbers), sleeper))
        if self._scope is not None and at < self._scope.deadline:
            self._scope.deadline = at
        if len(self._heap) > 2 * self._waiting + 64:
            self._sweep()

    def forget(self, sleeper: Sleeper) -> None:
        """Do not ring it any more."""
        self._waiting -= sleeper.alarm_at is not None
        sleeper.alarm_at = None

    async def run(self) -> None:
        """Ring until cancelled."""
        while True:
            with trio.CancelScope(deadline=self._heap[0][0] if self._heap else math.inf) as self._scope:
                await trio.sleep_forever()
            while self._ring(trio.current_time()):
                await trio.lowlevel.cancel_shielded_checkpoint()

    def _ring(self, now: float) -> bool:
        """Serve one turn's sleepers that are due at `now`; True when there are more."""
        heap = self._heap
        for _ in range(SLEEPERS_PER_TURN):
            if not heap or heap[0][0] > now:
                return False
            at, _, sleeper = heapq.heappop(heap)
            if sleeper.alarm_at == at:
                self.forget(sleeper)
                sleeper.ring(now - at)
        return True

    def _sweep(self) -> None:
        """Throw away what nobody waits for: deadlines that were changed before they came."""
        self._heap[:] = [entry for entry in self._heap if entry[2].alarm_at == entry[0]]
        heapq.heapify(self._heap)


_ALARM: trio.lowlevel.RunVar[Alarm] = trio.lowlevel.RunVar("breakout alarm")


def alarm() -> Alarm:
    """The alarm of this trio run."""
    try:
        return _ALARM.get()
    except LookupError:
        made = Alarm()
        _ALARM.set(made)
        trio.lowlevel.spawn_system_task(made.run, name="alarm of the actors")
        return made
