"""A plan while it is made: who sits in which room, and how many places are left."""

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from attrs import define, field

from breakout.assignment.unit import Unit


@define(eq=False)
class Seating:
    """Rooms by index, each with the bits of its people, the units put there, and the places left to fill.

    `widest` finds the room with most places left in a few steps of a heap; stale entries are dropped as they surface.
    """

    people: list[int]
    free: list[int]
    units: list[list[Unit]] = field(init=False)
    _by_free: list[tuple[int, int]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.units = [[] for _ in self.free]
        self._by_free = [(-free, room) for room, free in enumerate(self.free)]
        heapify(self._by_free)

    def put(self, unit: Unit, room: int) -> None:
        unit.room = room
        self.units[room].append(unit)
        self.people[room] |= unit.mask
        self.free[room] -= unit.size
        heappush(self._by_free, (-self.free[room], room))

    def swap(self, unit: Unit, other: Unit) -> None:
        """Let two units of one size change rooms."""
        a, b = unit.room, other.room
        for room, leaves, comes in ((a, unit, other), (b, other, unit)):
            self.units[room][self.units[room].index(leaves)] = comes
            self.people[room] = self.people[room] & ~leaves.mask | comes.mask
            comes.room = room

    def widest(self, unit: Unit) -> int | None:
        """The room with most places left, among those that cost least; None when no room holds the whole unit."""
        best, least, aside = None, None, []
        while self._by_free and least != 0:
            free, room = entry = heappop(self._by_free)
            if -free != self.free[room]:
                continue
            aside.append(entry)
            if -free < unit.size:
                break
            cost = unit.cost(self.people[room])
            if least is None or cost < least:
                best, least = room, cost
        for entry in aside:
            heappush(self._by_free, entry)
        return best

    def tightest(self, unit: Unit) -> int | None:
        """The room that the unit fills best, among those that cost least; None when no room holds the whole unit."""
        fitting = (room for room, free in enumerate(self.free) if free >= unit.size)
        return min(fitting, key=lambda room: (unit.cost(self.people[room]), self.free[room]), default=None)

    def cheapest(self, unit: Unit) -> int | None:
        """Like `widest`, but looks at every room: quicker where hardly any costs nothing."""
        fitting = (room for room, free in enumerate(self.free) if free >= unit.size)
        return min(fitting, key=lambda room: (unit.cost(self.people[room]), -self.free[room]), default=None)

    def cost(self, units: Iterable[Unit]) -> int:
        """What it costs all of `units` to sit where they sit."""
        return sum(unit.cost(self.people[unit.room]) for unit in units)
