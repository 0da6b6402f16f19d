"""Requests to the planner, drawn and by hand, and what their plans come to."""

from collections import Counter
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from breakout.assignment.party import anchored
from breakout.assignment.request import Plan, PlanRequest, RoomSlot
from breakout.contract.commands import Placement, Strategy


def people(count: int) -> tuple[str, ...]:
    return tuple(f"p{n}" for n in range(count))


def slots(*capacities: int) -> tuple[RoomSlot, ...]:
    return tuple(RoomSlot(f"r{n}", capacity) for n, capacity in enumerate(capacities))


def rooms_by_user(plan: Plan) -> dict[str, str]:
    return {placement.user_id: placement.room_id for placement in plan.assignments}


def sizes(request: PlanRequest, plan: Plan) -> dict[str, int]:
    """How many places are taken in each room after the plan."""
    placed = rooms_by_user(plan)
    about = {*placed, *plan.unplaced}
    staying = Counter({room.id: sum(user not in about for user in room.seated) for room in request.rooms})
    staying.update(room for user, room in placed.items() if user not in anchored(request).companions)
    return {room.id: staying[room.id] for room in request.rooms}


def meetings(plan: Plan) -> Counter[tuple[str, str]]:
    """Every pair that sits in one room."""
    members: dict[str, list[str]] = {}
    for placement in plan.assignments:
        members.setdefault(placement.room_id, []).append(placement.user_id)
    return Counter(pair for group in members.values() for pair in combinations(sorted(group), 2))


@st.composite
def requests(draw: st.DrawFn, strategies: Any = (Strategy.EVEN, Strategy.RANDOM, Strategy.ROTATE)) -> PlanRequest:
    """Any request of up to 14 people, 5 rooms, wishes that may contradict each other, and seats that are taken."""
    known = people(14)
    companions = draw(st.dictionaries(st.sampled_from(("c0", "c1", "p0")), st.sampled_from(known), max_size=2))
    asked = draw(st.lists(st.sampled_from(known), unique=True))
    rooms = draw(_rooms([user for user in known if user not in companions], sorted(companions)))
    ids = [room.id for room in rooms] + ["elsewhere"]
    group = st.lists(st.sampled_from((*known, "stranger")), min_size=2, max_size=5, unique=True).map(tuple)
    pair = st.tuples(st.sampled_from(known), st.sampled_from(known))
    placement = st.builds(Placement, st.sampled_from((*known, "stranger")), st.sampled_from(ids))
    return PlanRequest(
        draw(st.sampled_from(strategies)),
        (*asked, *companions) if draw(st.booleans()) else tuple(asked),
        rooms,
        manual=tuple(draw(st.lists(placement, max_size=12))),
        keep_together=tuple(draw(st.lists(group, max_size=3))),
        keep_apart=tuple(draw(st.lists(group, max_size=3))),
        seed=draw(st.integers(0, 5)),
        met=draw(st.dictionaries(pair, st.integers(0, 20), max_size=20)),
        companions=companions,
    )


@st.composite
def _rooms(draw: st.DrawFn, known: list[str], companions: list[str]) -> tuple[RoomSlot, ...]:
    """Rooms of which some are taken in part; none holds more than it may, and companions take no place."""
    capacities = draw(st.lists(st.integers(1, 6), max_size=5))
    seated = iter(draw(st.permutations(known)))
    return tuple(
        RoomSlot(
            f"r{n}",
            capacity,
            seated=tuple(next(seated) for _ in range(min(draw(st.integers(0, 2)), capacity))),
            visitors=tuple(companions[n : n + 1]) if draw(st.booleans()) else (f"v{n}",),
        )
        for n, capacity in enumerate(capacities)
    )
