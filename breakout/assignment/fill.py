"""Filling the rooms: who is hardest to place goes first."""

from collections.abc import Callable, Iterable, Iterator

from attrs import define, field

from breakout.assignment.party import Party
from breakout.assignment.seating import Seating
from breakout.assignment.unit import Unit

SINGLES_PER_STEP = 20

Choose = Callable[[Unit], int | None]
"""Names a room that holds the whole unit, or None when there is none."""


@define
class Filled:
    """Everybody in a room.

    Attributes:
        units: As they were put; a group that fits nowhere is cut into several.
        cuts: How often that was necessary.
    """

    seating: Seating
    party: Party
    units: list[Unit] = field(factory=list)
    cuts: int = 0

    @property
    def cost(self) -> int:
        return self.seating.cost(self.units)

    def put(self, unit: Unit, choose: Choose) -> Iterator[None]:
        """Put the unit into the room it wants or else the one chosen, in parts when it fits nowhere."""
        rest = unit
        while (room := self._room(rest, choose)) is None or self.seating.free[room] < rest.size:
            self.cuts += 1
            part, rest = rest.cut(self.seating.free[room] if room is not None else max(self.seating.free))
            part.weigh(self.party)
            yield from self.put(part, choose)
            yield
        if rest is not unit:
            rest.weigh(self.party)
        self.seating.put(rest, room)
        self.units.append(rest)

    def _room(self, unit: Unit, choose: Choose) -> int | None:
        wanted = self._wanted(unit)
        return choose(unit) if wanted is None else wanted

    def _wanted(self, unit: Unit) -> int | None:
        if unit.wanted is None:
            return None
        free = self.seating.free[unit.wanted]
        if unit.pinned:
            return unit.wanted if free else None
        fits = free >= unit.size and not unit.cost(self.seating.people[unit.wanted])
        return unit.wanted if fits else None


def fill(filled: Filled, units: Iterable[Unit], choose_for_group: Choose, choose: Choose) -> Iterator[None]:
    """Put every unit into a room, in the order given; yields between steps.

    The places of `filled.seating` must be at least as many as the people.
    """
    for n, unit in enumerate(units):
        group = unit.size > 1
        yield from filled.put(unit, choose_for_group if group else choose)
        if group or n % SINGLES_PER_STEP == 0:
            yield


def hardest_first(units: Iterable[Unit]) -> list[Unit]:
    """The order that leaves fewest wishes unmet.

    Groups that belong to a room go first, then the larger groups; then who should not meet most people; then who would
    stay where they sit; then the rest.
    """
    return sorted(units, key=_hardness)


def _hardness(unit: Unit) -> tuple[bool, int, int, bool]:
    return not unit.pinned, -unit.size, -unit.difficulty, unit.wanted is None
