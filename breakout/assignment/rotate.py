"""Rooms in which as few people as possible meet again: many starts, each improved by swaps, within a bounded effort.

Finding the best rotation is the social golfer problem, for which nobody knows a quick exact way. The first start is the
plan that RANDOM gives for the same seed, so a rotation is never worse than that.
"""

from collections.abc import Generator, Iterator

from breakout.assignment.draft import Draft
from breakout.assignment.fill import Filled, fill
from breakout.assignment.improve import Effort, improve

ROTATE_EFFORT = 300_000
"""`and`s of bits for the whole search: about 200 ms (bench/assignment.py). Twice as many avoid 7 % more meetings."""

MAX_STARTS = 40
"""Small sessions have found what there is to find by then: a few milliseconds for twenty people."""


def rotate(draft: Draft, first: Filled) -> Generator[None, None, Filled]:
    """The best of `first` and of further starts; yields between steps. The party must have learned its meetings."""
    effort = Effort(ROTATE_EFFORT)
    best = first
    for unit in first.units:
        unit.weigh(draft.party)
    yield
    yield from improve(first.seating, first.units, effort)
    least = first.cost
    for _ in range(MAX_STARTS):
        if least == 0 or effort.left <= 0:
            break
        candidate = draft.attempt()
        yield from _start(draft, candidate, effort)
        yield from improve(candidate.seating, candidate.units, effort)
        if (candidate.cuts, candidate.cost) < (best.cuts, least):
            best, least = candidate, candidate.cost
    return best


def _start(draft: Draft, candidate: Filled, effort: Effort) -> Iterator[None]:
    """Put everybody, in a new order, where they have met fewest of those who are there already."""
    units = draft.fresh_units()
    draft.random.shuffle(units)
    units.sort(key=lambda unit: (not unit.pinned, -unit.size))
    effort.left -= sum(unit.effort for unit in units) * len(draft.places)
    yield from fill(candidate, units, candidate.seating.cheapest, candidate.seating.cheapest)
