"""How long the planner takes for 1,000 people in 200 rooms, per strategy, and how long its longest step holds the loop.

    python -m bench.assignment

Each case runs five times. The table has the median total, the median and the worst longest step, in milliseconds of the
thread's CPU time (so that other work on the machine does not count), and how many pairs that have met before meet again.
Garbage collection stays on.
"""

from collections import Counter
from itertools import combinations
from random import Random
from statistics import median
from time import thread_time

from attrs import evolve, frozen

from breakout.assignment.planner import Planning, run_plan
from breakout.assignment.request import Plan, PlanRequest, RoomSlot
from breakout.contract.commands import Placement, Strategy

RUNS = 5
PEOPLE = tuple(f"user-{n}" for n in range(1000))


@frozen
class Measured:
    total_ms: float
    longest_step_ms: float
    steps: int
    plan: Plan


def measure(request: PlanRequest) -> Measured:
    """One planning, each step of it timed."""
    planning = Planning(request)
    started = thread_time()
    steps = [thread_time() for _ in planning]
    steps.append(thread_time())
    assert planning.plan is not None
    gaps = [after - before for before, after in zip([started, *steps], steps, strict=False)]
    return Measured((steps[-1] - started) * 1000, max(gaps) * 1000, len(steps), planning.plan)


def cases() -> dict[str, PlanRequest]:
    even = PlanRequest(Strategy.EVEN, PEOPLE, _rooms(200, 8), seed=7)
    wishes = _groups(Random(11), 500, 2), _groups(Random(12), 500, 3)
    rotation = evolve(even, strategy=Strategy.ROTATE)
    return {
        "even": even,
        "random": evolve(even, strategy=Strategy.RANDOM),
        "manual": evolve(even, strategy=Strategy.MANUAL, manual=_placements(even)),
        "even, 100 pairs together, 100 threes apart": evolve(
            even, keep_together=wishes[0][:100], keep_apart=wishes[1][:100]
        ),
        "even, 500 pairs together, 500 threes apart": evolve(even, keep_together=wishes[0], keep_apart=wishes[1]),
        "even, 500 hundreds apart": evolve(even, keep_apart=_groups(Random(13), 500, 100)),
        "even, 500 hundreds together": evolve(even, keep_together=_groups(Random(13), 500, 100)),
        "rotate, first round": rotation,
        "rotate, 11th round": evolve(rotation, met=_history(rotation, 10)),
        "rotate, 11th round in 20 rooms": _rotation(20, 60, 10),
        "rotate, 4th round in 3 rooms": _rotation(3, 400, 3),
    }


def _rotation(rooms: int, capacity: int, rounds: int) -> PlanRequest:
    request = PlanRequest(Strategy.ROTATE, PEOPLE, _rooms(rooms, capacity), seed=7)
    return evolve(request, met=_history(request, rounds))


def _rooms(count: int, capacity: int) -> tuple[RoomSlot, ...]:
    return tuple(RoomSlot(f"room-{n}", capacity) for n in range(count))


def _groups(random: Random, count: int, size: int) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(random.sample(PEOPLE, size)) for _ in range(count))


def _placements(request: PlanRequest) -> tuple[Placement, ...]:
    return tuple(Placement(user, f"room-{n % len(request.rooms)}") for n, user in enumerate(request.people))


def _history(request: PlanRequest, rounds: int) -> dict[tuple[str, str], int]:
    """Who has met whom after that many random rounds."""
    met: Counter[tuple[str, str]] = Counter()
    for seed in range(rounds):
        met += meetings(run_plan(evolve(request, strategy=Strategy.RANDOM, seed=seed)))
    return dict(met)


def meetings(plan: Plan) -> Counter[tuple[str, str]]:
    """Every pair that a plan puts into one room."""
    members: dict[str, list[str]] = {}
    for placement in plan.assignments:
        members.setdefault(placement.room_id, []).append(placement.user_id)
    return Counter(pair for people in members.values() for pair in combinations(sorted(people), 2))


def main() -> None:
    print(f"{'case':45} {'total ms':>9} {'longest step':>13} {'worst':>6} {'steps':>6} {'met again':>10}  relaxed")
    for name, request in cases().items():
        runs = [measure(request) for _ in range(RUNS)]
        again = sum(tuple(sorted(pair)) in request.met for pair in meetings(runs[0].plan))
        print(
            f"{name:45} {median(run.total_ms for run in runs):9.1f}"
            f" {median(run.longest_step_ms for run in runs):13.1f} {max(run.longest_step_ms for run in runs):6.1f}"
            f" {runs[0].steps:6} {again:10}  {len(runs[0].plan.relaxed)}"
        )


if __name__ == "__main__":
    main()
