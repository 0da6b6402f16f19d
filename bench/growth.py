"""Growth: rooms and people are doubled again and again, and what one of them costs must stay the same.

    rooms     with one person in each: memory per room, CPU of a tick
    people    in rooms of eight, and sessions of 25 rooms: CPU of a join, memory per person, CPU of a delivery

What a join costs grows with those who see it, by the protocol: the people of its room, and the rooms of its session, which a
newcomer is shown. So it is the number of rooms and sessions that grows with people, not their size. And it grows with the time
between two joins of a session: what many are told of many newcomers leaves together. So people come session after session, a few
sessions at once, and that time is the same at every step.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from statistics import median
from typing import Any

from attrs import evolve, frozen

from bench.arena import Arena, Field, total
from bench.knobs import Knobs
from bench.missing import missing_ticks, ticks_due
from bench.result import heading

FLAT_WITHIN = 0.2
"""A step may be so much dearer than any before it."""

STEPS = 4
PEOPLE_PER_ROOM, ROOMS_PER_SESSION, SESSIONS_AT_ONCE = 8, 25, 5
LEAST_FIRST = 100
"""Below so many, what is paid once is most of what one costs."""

REST_SECONDS = 3.0
LISTEN_SECONDS = 5.0
ROOMS_BEATS, PEOPLE_BEATS = 10, 4
"""Ticks a second: as many as keep the server busy enough to tell, and the load of the last step below a core."""



@frozen
class Growing:
    """One axis: which knob grows, from where to where, and what is measured at each step: costs, and faults."""

    axis: str
    steps: Sequence[int]
    knobs: Callable[[int], Knobs]
    measure: Callable[[Arena, float], tuple[Mapping[str, float], Sequence[str]]]


def run_growth(field: Field, growing: Growing, say: Callable[[str], None], repeat: int = 1) -> dict[str, Any]:
    """All steps in turns, `repeat` times, each time on a fresh server; medians count. Raises what scenarios raise."""
    turns: list[list[dict[str, Any]]] = []
    for turn in range(1, repeat + 1):
        of = f", run {turn} of {repeat}" if repeat > 1 else ""
        steps = []
        for value in growing.steps:
            say(f"{growing.axis} {value:,}{of}")
            steps.append(_step(field, growing, value))
        turns.append(steps)
    medians = [median_step(same) for same in zip(*turns, strict=True)]
    return {"axis": growing.axis, "steps": medians, "spread": {name: spread(medians, name) for name in medians[0]["costs"]}}


def _step(field: Field, growing: Growing, value: int) -> dict[str, Any]:
    knobs = growing.knobs(value)
    with field.arena("breakout", evolve(knobs, rooms=1, sessions=1, people=0)) as empty:
        base = _resident(empty)
    with field.arena("breakout", knobs) as arena:
        costs, faults = growing.measure(arena, base)
    return {"value": value, "costs": dict(costs), "faults": [f"{value:,} {growing.axis}: {fault}" for fault in faults]}


def median_step(same: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One step from several runs of it: the median of each cost, and every fault."""
    costs = {name: median(step["costs"][name] for step in same) for name in same[0]["costs"]}
    return {"value": same[0]["value"], "costs": costs, "faults": [fault for step in same for fault in step["faults"]]}


def spread(steps: Sequence[Mapping[str, Any]], name: str) -> float:
    """How much dearer one unit is than at any smaller step, at the worst: 0.2 is 20 %. Getting cheaper is no fault."""
    costs = [step["costs"][name] for step in steps]
    return max((dear / cheap - 1 for cheap, dear in combinations(costs, 2) if cheap > 0), default=0.0)


def growth_result(found: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> dict[str, Any]:
    """As `result.result` has it, with the steps instead of contenders' figures."""
    bars = [_bar(axis, name, share) for axis in found for name, share in axis["spread"].items()]
    return {**heading("growth", {axis["axis"]: axis["steps"][-1]["value"] for axis in found}), **about, "contenders": [],
            "ratios": {}, "growth": list(found), "bars": bars,
            "faults": [fault for axis in found for step in axis["steps"] for fault in step["faults"]]}  # fmt: skip


def _bar(axis: Mapping[str, Any], name: str, share: float) -> dict[str, Any]:
    enough = axis["steps"][0]["value"] >= LEAST_FIRST
    text = f"{name} by {axis['axis']}: at most {FLAT_WITHIN * 100:.0f} % dearer, from {LEAST_FIRST} at the first step on"
    return {"text": text, "met": share <= FLAT_WITHIN if enough else None, "value": round(share * 100, 1), "against": None,
            "because": None if enough else "the steps are too small", "spoiled": False}  # fmt: skip


def _rooms(arena: Arena, base: float) -> tuple[dict[str, float], list[str]]:
    arena.contender.start_ticks(ROOMS_BEATS)
    time.sleep(REST_SECONDS)
    kib_per_room = (_resident(arena) - base) / arena.knobs.rooms
    arena.enter()
    arena.settle()
    us_per_tick, faults = _cost_of_delivery(arena)
    return {"KiB per room": kib_per_room, "us per tick": us_per_tick}, faults


def _people(arena: Arena, base: float) -> tuple[dict[str, float], list[str]]:
    before = arena.contender.server.usage.cpu_seconds
    arena.enter(sessions_at_once=SESSIONS_AT_ONCE)
    joined = arena.contender.server.usage.cpu_seconds - before
    time.sleep(REST_SECONDS)
    people = arena.knobs.people
    kib_per_person = (_resident(arena) - base) / people
    arena.contender.start_ticks(PEOPLE_BEATS)
    arena.settle()
    us_per_delivery, faults = _cost_of_delivery(arena)
    return {"ms per join": joined / people * 1000, "KiB per person": kib_per_person, "us per delivery": us_per_delivery}, faults


def _cost_of_delivery(arena: Arena) -> tuple[float, list[str]]:
    """CPU microseconds, and the faults."""
    knobs, due = arena.knobs, ticks_due(arena.knobs.seconds, arena.knobs.beats)
    with arena.measured() as span:
        reports = arena.crowd.do("listen", seconds=knobs.seconds, beat_ms=1000 // knobs.beats, sample=61, due=due)
    return span.cpu_seconds / max(1.0, total(reports, "deliveries")) * 1e6, missing_ticks(reports, knobs, due)


def _resident(arena: Arena) -> int:
    arena.contender.server.ask("collect")
    return arena.contender.server.usage.resident_kib


def axes(rooms: int, people: int) -> Sequence[Growing]:
    """Both, up to these numbers."""
    return (
        Growing("rooms", doublings(rooms), lambda n: _knobs(n, n, ROOMS_BEATS), _rooms),
        Growing("people", doublings(people), lambda n: _knobs(max(1, n // PEOPLE_PER_ROOM), n, PEOPLE_BEATS), _people),
    )


def doublings(highest: int) -> Sequence[int]:
    """The last few of the numbers that double up to the highest."""
    return [highest // 2**n for n in reversed(range(STEPS))]


def _knobs(rooms: int, people: int, beats: int) -> Knobs:
    sessions = max(1, rooms // ROOMS_PER_SESSION)
    return Knobs(sessions=sessions, rooms=rooms, people=people, beats=beats, seconds=LISTEN_SECONDS)
