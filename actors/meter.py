"""What the actors of a process count: commands and how they ended, how long answers and deliveries took, restarts.

One meter outlives every session, so that its counts only grow. It holds plain numbers; whoever shows them reads `statistics`.
The labels are those of the tables of commands and refusals: their number does not grow with rooms, sessions or people.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping

import trio
from attrs import frozen

from breakout.histogram import Histogram, HistogramStatistics

SUCCESS = "success"
REPEATED = "repeated"
"""The outcome of a command that was done before under the same idempotency key, and got the first one's reply."""

UNDECODED = "undecoded"
"""Stands for the event of a frame that was refused before anybody knew what it asks for."""


@frozen
class MeterStatistics:
    """Counts since the start of the process.

    Attributes:
        commands: Commands answered, by event and outcome: "success", "repeated", or the code
            of the refusal.
        answer_seconds: From the session's door to the reply on its way, the commit included; by event. Commands that were
            answered at the door itself, such as pings, are not in it.
        delivery_seconds: From an actor's step to its frames on their way to everybody concerned, the commit included.
        seatings: Seats that were taken, by whomever: joins, moves, assignments, latecomers.
        room_crashes: Actors of rooms that a bug ended.
        room_restarts_ordered: Actors of rooms that an operator ended.
        rooms_given_up: Rooms closed because they failed too often.
    """

    commands: Mapping[tuple[str, str], int]
    answer_seconds: Mapping[str, HistogramStatistics]
    delivery_seconds: HistogramStatistics
    seatings: int
    room_crashes: int
    room_restarts_ordered: int
    rooms_given_up: int


class Meter:
    """Counts for one process.

    Attributes:
        now: The clock of all durations here, in trio seconds; asked several times at every step, so without `trio.current_time`.
    """

    def __init__(self) -> None:
        self._commands: Counter[tuple[str, str]] = Counter()
        self._answers: defaultdict[str, Histogram] = defaultdict(Histogram)
        self._deliveries = Histogram()
        self._crashes = self._ordered = self._given_up = 0
        self.seatings = 0
        self.now = trio.lowlevel.current_clock().current_time

    def answered(self, event: str, code: str | None, since: float | None) -> None:
        """A command got its reply: `code` of its refusal, or None; `since` when it came to the door, where that is known."""
        self._commands[event, code or SUCCESS] += 1
        if since is not None:
            self._answers[event].note(self.now() - since)

    def delivered(self, since: float) -> None:
        """The effects of a step that was emitted at `since` have been released."""
        self._deliveries.note(self.now() - since)

    def room_ended(self, *, ordered: bool) -> None:
        """A room's actor failed, or was told to."""
        if ordered:
            self._ordered += 1
        else:
            self._crashes += 1

    def room_given_up(self) -> None:
        self._given_up += 1

    @property
    def statistics(self) -> MeterStatistics:
        return MeterStatistics(
            commands=dict(self._commands),
            answer_seconds={event: histogram.statistics for event, histogram in self._answers.items()},
            delivery_seconds=self._deliveries.statistics,
            seatings=self.seatings,
            room_crashes=self._crashes,
            room_restarts_ordered=self._ordered,
            rooms_given_up=self._given_up,
        )
