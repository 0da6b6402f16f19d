"""Making a filled seating better, swap by swap, with a bounded effort."""

from collections.abc import Generator, Iterator
from heapq import nsmallest

from attrs import define

from breakout.assignment.seating import Seating
from breakout.assignment.unit import Unit

ROOMS_TRIED = 8
"""Of the rooms where somebody would fit better, how many are searched for a partner. More finds hardly more."""

EFFORT_PER_STEP = 4000
"""How many `and`s of bits pass between two yields: about a millisecond."""


@define
class Effort:
    """How much the search may still do, counted in `and`s of bits and not in time: the same plan on every machine."""

    left: int
    since_yield: int = 0

    def spend(self, ands: int) -> bool:
        """Note that much work; whether it is time to yield."""
        self.left -= ands
        self.since_yield += ands
        if self.since_yield < EFFORT_PER_STEP:
            return False
        self.since_yield = 0
        return True


def improve(seating: Seating, units: list[Unit], effort: Effort) -> Iterator[None]:
    """Swap units of one size as long as that lowers the cost and `effort` is left; yields between steps.

    Every swap lowers the total cost, so the seating is never worse than before, whenever it ends. Pinned units stay.
    """
    movable = [unit for unit in units if not unit.pinned and unit.effort]
    swapped = True
    while swapped and effort.left > 0:
        swapped = False
        for unit in movable:
            if effort.left <= 0:
                return
            if effort.spend(unit.effort):
                yield
            if unit.cost(seating.people[unit.room]):
                swapped = (yield from _swap_better(seating, unit, effort)) or swapped


def _swap_better(seating: Seating, unit: Unit, effort: Effort) -> Generator[None, None, bool]:
    if effort.spend(unit.effort * len(seating.free)):
        yield
    for room in _better_rooms(seating, unit):
        partners = [u for u in seating.units[room] if u.size == unit.size and not u.pinned]
        if effort.spend(sum(2 * unit.effort + 2 * u.effort for u in partners)):
            yield
        best = min(partners, key=lambda other: _gain(seating, unit, other), default=None)
        if best is not None and _gain(seating, unit, best) < 0:
            seating.swap(unit, best)
            return True
    return False


def _better_rooms(seating: Seating, unit: Unit) -> list[int]:
    """Where `unit` alone would cost less than where it is, the cheapest first."""
    present = unit.cost(seating.people[unit.room])
    costs = ((unit.cost(people), room) for room, people in enumerate(seating.people) if room != unit.room)
    return [room for _, room in nsmallest(ROOMS_TRIED, (pair for pair in costs if pair[0] < present))]


def _gain(seating: Seating, unit: Unit, other: Unit) -> int:
    """What the swap adds to the cost: negative where it is worth it."""
    a, b = seating.people[unit.room], seating.people[other.room]
    return unit.cost(b & ~other.mask) + other.cost(a & ~unit.mask) - unit.cost(a) - other.cost(b)
