"""Nothing happens: what rooms and people cost by being there."""

import time

from attrs import evolve

from bench.arena import Arena, Field, Span
from bench.knobs import Knobs
from bench.outcome import Bar, Figure, Outcome
from bench.scenario import Scenario, server_figures

REST_SECONDS = 7.0
"""Until the snapshots of what was just made are written."""


def run(field: Field, name: str, knobs: Knobs) -> Outcome:
    """First the rooms with running timers and nobody there, then people who sit in them and do nothing.

    `kib_per_room` and `kib_per_person` are Breakout's memory after a garbage collection, which peers cannot be asked for;
    `rss_kib_per_person` is that of every server as it is.
    """
    if name != "breakout":
        with field.arena(name, knobs) as arena:
            return Outcome(_people(arena))
    with field.arena(name, evolve(knobs, rooms=1, sessions=1, people=0)) as empty:
        base = _resident(empty)
    with field.arena(name, knobs) as arena:
        return Outcome([*_rooms(arena, base), *_people(arena)])


def _rooms(arena: Arena, base: int) -> list[Figure]:
    """What they cost while nobody is there; `base` is the memory of a server with one of them."""
    arena.contender.start_ticks(1)
    time.sleep(REST_SECONDS)
    kib_per_room = (_resident(arena) - base) / arena.knobs.rooms
    span = _rest(arena)
    return [
        Figure("kib_per_room", kib_per_room, "KiB", own=True),
        Figure("cpu_share_rooms", span.cpu_seconds / span.seconds, "", own=True),
    ]


def _people(arena: Arena) -> list[Figure]:
    """What they add."""
    if not arena.knobs.people:
        return []
    own, server = arena.contender.name == "breakout", arena.contender.server
    collected, before = _resident(arena) if own else 0, server.usage.resident_kib
    arena.enter()
    time.sleep(REST_SECONDS)
    figures = [Figure("rss_kib_per_person", (server.usage.resident_kib - before) / arena.knobs.people, "KiB", own=True)]
    if own:
        figures.insert(0, Figure("kib_per_person", (_resident(arena) - collected) / arena.knobs.people, "KiB", own=True))
    span = _rest(arena)
    return [*figures, Figure("cpu_share_people", span.cpu_seconds / span.seconds, "", own=True), *server_figures(span)]


def _rest(arena: Arena) -> Span:
    with arena.measured() as span:
        time.sleep(arena.knobs.seconds)
    return span


def _resident(arena: Arena) -> int:
    """KiB, after rubbish was taken out."""
    arena.contender.server.ask("collect")
    return arena.contender.server.usage.resident_kib


IDLE = Scenario(
    "idle",
    "rooms with running timers and nobody there, then people who do nothing: CPU and memory of each",
    Knobs(rooms=2000, people=8000),
    run,
    heeds=("sessions", "rooms", "people", "seconds"),
    peers=("floor", "websockets", "socketio"),
    bars=(
        Bar("cpu_share_rooms", 0.03),
        Bar("kib_per_room", 12, least={"rooms": 500}),
        Bar("kib_per_person", 25, least={"people": 8000}),
    ),
    remote=False,
    bounds={},
)
