"""What stops and starts: rooms under load, one after the other, and the whole server."""

import time
from typing import Any

from attrs import frozen

from bench.arena import Arena, Field, histogram_of
from bench.histogram import new_histogram, note
from bench.knobs import KnobRefused, Knobs
from bench.missing import missing_messages, missing_ticks, ticks_due
from bench.outcome import Bar, Outcome
from bench.scenario import Scenario, histograms, latency_figures
from bench.target import start_breakout

PAUSE_SECONDS = 1.0
"""Between the failure of one room and that of the next, and before the first and after the last."""

RESTORED = '"breakout.room.restored"'


@frozen
class Restarts:
    """What was seen of them.

    Attributes:
        begun: When the actor of room 0, 1, ... was told to crash, in seconds of `time.perf_counter`.
        reports: Of those who talked and listened meanwhile.
    """

    knobs: Knobs
    begun: list[float]
    reports: list[dict[str, Any]]

    def delays(self, room: int) -> list[float]:
        """Seconds until each of its people had heard of the restart."""
        begun, rooms = self.begun[room], self.knobs.rooms
        return [at - begun for report in self.reports for number, at in report["seen"] if number % rooms == room]

    def faults(self) -> list[str]:
        """Somebody in a room that crashed was not told, or the rooms that did not crash lost a message or a tick."""
        people, rooms = self.knobs.people, self.knobs.rooms
        deaf = sum(len(range(room, people, rooms)) - len(self.delays(room)) for room in range(len(self.begun)))
        others = range(len(self.begun), self.knobs.rooms)
        ticks = [report["ticks"] for report in self.reports]
        return [
            *([f"{deaf} people did not hear of the restart"] if deaf > 0 else []),
            *missing_messages(self.reports, self.knobs, others, what="messages elsewhere"),
            *missing_ticks(ticks, self.knobs, ticks_due(_seconds(self.knobs), self.knobs.beats), others),
        ]


def restart(field: Field, name: str, knobs: Knobs) -> Outcome:
    """Timers tick and people talk everywhere; the actors of `rounds` rooms crash in turn and come back from the store."""
    if knobs.rounds >= knobs.rooms:
        raise KnobRefused("--rounds must be fewer than --rooms: each round another room crashes, and the rest must not notice")
    first, last = new_histogram(), new_histogram()
    with field.arena(name, knobs) as arena:
        arena.enter()
        arena.contender.start_ticks(knobs.beats)
        arena.settle()
        restarts = _restarts(arena)
        share = arena.crowd.busiest_share(restarts.reports)
    for delays in filter(None, map(restarts.delays, range(knobs.rounds))):
        note(first, min(delays))
        note(last, max(delays))
    late = histogram_of(restarts.reports, "latency")
    figures = [*latency_figures("first", first), *latency_figures("restored", last), *latency_figures("delivery", late)]
    return Outcome(figures, histograms(restored=last, delivery=late), share, restarts.faults())


def _restarts(arena: Arena) -> Restarts:
    knobs, begun = arena.knobs, list[float]()
    arena.crowd.begin("load", seconds=_seconds(knobs), rate=arena.crowd.share(knobs.rate), watch=RESTORED)
    for session_id, room_id in arena.contender.rooms[: knobs.rounds]:
        time.sleep(PAUSE_SECONDS)
        begun.append(time.perf_counter())
        arena.contender.server.ask(f"restart {session_id} {room_id}")
    return Restarts(knobs, begun, arena.crowd.finish())


def _seconds(knobs: Knobs) -> float:
    return (knobs.rounds + 1) * PAUSE_SECONDS


def start(field: Field, name: str, knobs: Knobs) -> Outcome:
    """The server is stopped in order and started on the same file, `rounds` times."""
    times = new_histogram()
    with field.arena(name, knobs) as arena:
        arena.contender.start_ticks(1)
        key = arena.contender.server.tokens.key.decode()
        db = arena.contender.server.db
    assert db is not None
    for _ in range(knobs.rounds):
        server = start_breakout(db, place=field.launch.place, key=key)
        note(times, server.start_seconds)
        server.stop()
    return Outcome(latency_figures("start", times), histograms(start=times))


RESTART = Scenario(
    "restart",
    "people talk and timers tick while room after room crashes, --rounds of them: until its people know; the rest must not notice",
    Knobs(sessions=1, rooms=20, people=200, rate=100, rounds=10),
    restart,
    heeds=("sessions", "rooms", "people", "rate", "rounds"),
    bars=(Bar("restored_p99_ms", 100),),
    remote=False,
)
START = Scenario(
    "start",
    "the server starts on a file with --rooms rooms whose timers run, --rounds times",
    Knobs(rooms=1000, people=0, rounds=3),
    start,
    heeds=("sessions", "rooms", "rounds"),
    bars=(Bar("start_max_ms", 2000),),
    remote=False,
    bounds={},
)
