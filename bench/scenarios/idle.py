"""Nothing happens: what rooms and people cost by being there."""

import time

from attrs import evolve

from bench.arena import Arena, Field
from bench.knobs import Knobs
from bench.outcome import Bar, Figure, Outcome
from bench.scenario import Scenario, server_figures

REST_SECONDS = 7.0
"""Until the snapshots of what was just made are written."""


def run(field: Field, name: str, knobs: Knobs) -> Outcome:
    """First the rooms with running timers and nobody there, then people who sit in them and do nothing."""
    figures: list[Figure] = []
    with field.arena(name, evolve(knobs, rooms=1, sessions=1, people=0)) as empty:
        base = _resident(empty)
    with field.arena(name, knobs) as arena:
        if name == "breakout":
            arena.contender.start_ticks(1)
            time.sleep(REST_SECONDS)
            rooms = _resident(arena)
            figures.append(Figure("kib_per_room", (rooms - base) / knobs.rooms, "KiB", own=True))
            with arena.measured() as span:
                time.sleep(knobs.seconds)
            figures.append(Figure("cpu_share_rooms", span.cpu_seconds / span.seconds, "", own=True))
        else:
            rooms = _resident(arena)
        if knobs.people:
            arena.enter()
            time.sleep(REST_SECONDS)
            figures.append(Figure("kib_per_person", (_resident(arena) - rooms) / knobs.people, "KiB", own=True))
            with arena.measured() as span:
                time.sleep(knobs.seconds)
            figures.append(Figure("cpu_share_people", span.cpu_seconds / span.seconds, "", own=True))
            figures += server_figures(span)
    return Outcome(figures)


def _resident(arena: Arena) -> int:
    """KiB, after rubbish was taken out where the server can be asked to."""
    if arena.contender.name == "breakout":
        arena.contender.server.ask("collect")
    return arena.contender.server.usage.resident_kib


IDLE = Scenario(
    "idle",
    "rooms with running timers and nobody there, then people who do nothing: CPU and memory of each",
    Knobs(rooms=2000, people=2000),
    run,
    heeds=("sessions", "rooms", "people", "seconds"),
    peers=("floor", "websockets", "socketio"),
    bars=(
        Bar("cpu_share_rooms", 0.03),
        Bar("kib_per_room", 12, least={"rooms": 500}),
        Bar("kib_per_person", 25, least={"people": 500}),
    ),
    remote=False,
)
