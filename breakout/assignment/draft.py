"""A request made ready: its party, its units and the places to fill; a fresh seating for every attempt."""

from collections.abc import Generator, Iterable
from random import Random

from attrs import evolve, frozen

from breakout.assignment.fill import Filled
from breakout.assignment.party import Party, gather, own_right
from breakout.assignment.places import admit, even_places
from breakout.assignment.request import PlanRequest
from breakout.assignment.seating import Seating
from breakout.assignment.unit import Groups, Unit, make_units
from breakout.contract.commands import Strategy


@frozen
class Draft:
    """What all attempts at one plan share.

    Attributes:
        units: Who gets a place.
        places: How many of them go into each room, by index.
        staying: Who stays in each room, as bits.
        random: Seeded by the request; drawn from in a fixed order.
    """

    party: Party
    units: list[Unit]
    places: list[int]
    staying: list[int]
    random: Random

    def attempt(self) -> Filled:
        """Rooms with those who stay and nobody else, to be filled with `fresh_units`."""
        return Filled(Seating(list(self.staying), list(self.places)), self.party)

    def fresh_units(self) -> list[Unit]:
        """The units as copies of their own, weighed by what the party knows now."""
        units = [evolve(unit, room=-1) for unit in self.units]
        for unit in units:
            unit.weigh(self.party)
        return units


def prepare(request: PlanRequest) -> Generator[None, None, Draft]:
    """Draft an EVEN, RANDOM or ROTATE request; yields between steps.

    EVEN keeps the order of the people, lets them sit where they do as far as the sizes allow, and prefers those who sit
    when places are scarce. The others shuffle, and of those who sit look only at those who stay.
    """
    random = Random(request.seed)  # noqa: S311 - not a secret: the same seed must give the same plan
    even = request.strategy is Strategy.EVEN
    party = gather(request, request.people if even else _shuffled(request.people, random))
    yield from party.learn_apart(request.keep_apart)
    groups = Groups.of(party)
    yield from groups.learn(party, request.keep_together)
    units = make_units(party, groups, _homes(request, party, even=even))
    places = _places(request, party, units)
    admitted, _ = admit(sorted(units, key=lambda unit: unit.wanted is None), sum(places))
    yield
    return Draft(party, admitted, places, [_staying(party, own_right(request, room)) for room in request.rooms], random)


def _shuffled(people: Iterable[str], random: Random) -> list[str]:
    shuffled = list(dict.fromkeys(people))
    random.shuffle(shuffled)
    return shuffled


def _homes(request: PlanRequest, party: Party, *, even: bool) -> dict[int, int]:
    """Where people sit who have a say in where their group goes: those who stay, and with `even` everybody."""
    return {
        party.index[user]: room
        for room, slot in enumerate(request.rooms)
        for user in own_right(request, slot)
        if even or not party.places(user)
    }


def _places(request: PlanRequest, party: Party, units: list[Unit]) -> list[int]:
    staying = [sum(not party.places(user) for user in room.seated) for room in request.rooms]
    capacity = [room.capacity for room in request.rooms]
    wanted = [0] * len(staying)
    for unit in units:
        if unit.wanted is not None:
            wanted[unit.wanted] += unit.size * (len(party.index) if unit.pinned else 1)
    return even_places(len(party.anchors), staying, capacity, wanted)


def _staying(party: Party, people: list[str]) -> int:
    return party.bits(user for user in people if not party.places(user))
