"""What stops and starts: one room under load, and the whole server."""

import time

from attrs import evolve

from bench.arena import Field
from bench.histogram import new_histogram, note
from bench.knobs import Knobs
from bench.outcome import Bar, Outcome
from bench.scenario import Scenario, histograms, latency_figures
from bench.target import start_breakout

PAUSE_SECONDS = 2.0
"""Between two failures of one room: more than three in five seconds would close it."""

RESTORED = '"breakout.room.restored"'


def restart(field: Field, name: str, knobs: Knobs) -> Outcome:
    """A room's actor dies and comes back from the store, `rounds` times, while its people watch."""
    first, last, faults = new_histogram(), new_histogram(), []
    with field.arena(name, knobs) as arena:
        arena.enter()
        session_id, room_id = arena.contender.rooms[0]
        inside = len(range(0, knobs.people, knobs.rooms))
        for _ in range(knobs.rounds):
            time.sleep(PAUSE_SECONDS)
            arena.crowd.begin("expect", marker=RESTORED, seconds=3.0)
            arena.crowd.finish()
            begun = time.perf_counter()
            arena.contender.server.ask(f"restart {session_id} {room_id}")
            times = [at for report in arena.crowd.finish() for at in report["times"]]
            if len(times) < inside:
                faults.append(f"{inside - len(times)} people did not hear of the restart")
            note(first, min(times, default=begun) - begun)
            note(last, max(times, default=begun) - begun)
    return Outcome([*latency_figures("first", first), *latency_figures("restored", last)], histograms(restored=last), 0.0, faults)


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
    "a room's actor dies and comes back from the store: until its people know, --rounds times",
    Knobs(sessions=1, rooms=1, people=50, rounds=10),
    restart,
    heeds=("sessions", "rooms", "people", "rounds"),
    bars=(Bar("restored_p99_ms", 100),),
    remote=False,
)
START = Scenario(
    "start",
    "the server starts on a file with --rooms rooms whose timers run, --rounds times",
    evolve(Knobs(), rooms=1000, people=0, rounds=3),
    start,
    heeds=("sessions", "rooms", "rounds"),
    bars=(Bar("start_max_ms", 2000),),
    remote=False,
)
