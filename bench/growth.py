"""Growth: rooms and people are doubled again and again, and what one of them costs must stay the same.

    rooms     to 2,000, with one person in each: memory per room, CPU of a tick
    people    to 8,000 in 250 rooms: CPU of a join, memory per person, CPU of a delivery
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from bench.arena import Arena, Field, total
from bench.knobs import Knobs
from bench.result import result

FLAT_WITHIN = 0.2
"""The dearest step may cost so much more than the cheapest."""

REST_SECONDS = 3.0
BEATS = 4


@frozen
class Growing:
    """One axis: which knob grows, from where to where, and what is measured at each step."""

    axis: str
    steps: Sequence[int]
    knobs: Callable[[int], Knobs]
    measure: Callable[[Arena, float], Mapping[str, float]]


def run_growth(field: Field, growing: Growing, say: Callable[[str], None]) -> dict[str, Any]:
    """Every step on a fresh server. Raises what scenarios raise."""
    steps: list[dict[str, Any]] = []
    for value in growing.steps:
        say(f"{growing.axis} {value:,}")
        knobs = growing.knobs(value)
        with field.arena("breakout", evolve(knobs, rooms=1, sessions=1, people=0)) as empty:
            base = _resident(empty)
        with field.arena("breakout", knobs) as arena:
            steps.append({"value": value, "costs": dict(growing.measure(arena, base))})
    return {"axis": growing.axis, "steps": steps, "spread": {name: spread(steps, name) for name in steps[0]["costs"]}}


def spread(steps: Sequence[Mapping[str, Any]], name: str) -> float:
    """How much dearer than at the first step one unit became at the worst: 0.2 is 20 %. Getting cheaper is no fault."""
    costs = [step["costs"][name] for step in steps]
    return max(costs) / costs[0] - 1 if costs[0] else 0.0


def growth_result(found: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> dict[str, Any]:
    """As `result.result`, with the steps instead of contenders' figures."""
    bars = [
        {"text": f"{name} by {axis['axis']}: dearer by at most {FLAT_WITHIN:.0%}", "met": share <= FLAT_WITHIN,
         "value": share, "against": None}
        for axis in found for name, share in axis["spread"].items()
    ]  # fmt: skip
    return {**result("growth", Knobs(), [], (), about), "growth": list(found), "bars": bars}


def _rooms(arena: Arena, base: float) -> dict[str, float]:
    arena.contender.start_ticks(BEATS)
    time.sleep(REST_SECONDS)
    kib_per_room = (_resident(arena) - base) / arena.knobs.rooms
    arena.enter()
    arena.settle()
    return {"KiB per room": kib_per_room, "us per tick": _cost_of_delivery(arena)}


def _people(arena: Arena, base: float) -> dict[str, float]:
    before = arena.contender.server.usage.cpu_seconds
    arena.enter()
    joined = arena.contender.server.usage.cpu_seconds - before
    time.sleep(REST_SECONDS)
    people = arena.knobs.people
    kib_per_person = (_resident(arena) - base) / people
    arena.contender.start_ticks(BEATS)
    arena.settle()
    return {"ms per join": joined / people * 1000, "KiB per person": kib_per_person, "us per delivery": _cost_of_delivery(arena)}


def _cost_of_delivery(arena: Arena) -> float:
    """CPU microseconds."""
    with arena.measured() as span:
        reports = arena.crowd.do("listen", seconds=arena.knobs.seconds, sample=64)
    return span.cpu_seconds / max(1.0, total(reports, "deliveries")) * 1e6


def _resident(arena: Arena) -> int:
    arena.contender.server.ask("collect")
    return arena.contender.server.usage.resident_kib


AXES = (
    Growing(
        "rooms",
        (250, 500, 1000, 2000),
        lambda rooms: Knobs(sessions=10, rooms=rooms, people=rooms, beats=BEATS, seconds=5),
        _rooms,
    ),
    Growing(
        "people",
        (1000, 2000, 4000, 8000),
        lambda people: Knobs(sessions=10, rooms=250, people=people, beats=BEATS, seconds=5),
        _people,
    ),
)
