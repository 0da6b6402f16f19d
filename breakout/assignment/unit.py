"""Who goes together: the groups and single people that a plan puts into rooms."""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_

from attrs import define, field

from breakout.assignment.party import Party

APART_WEIGHT = 1 << 24
"""Being in one room against a wish outweighs every possible number of repeated meetings (1,000 people x 1,000 x 15)."""


@define(eq=False)
class Unit:
    """People who go to one room together: one person, or a group that wants to.

    Attributes:
        members: Indexes into the party, in the order asked.
        wanted: The room they would rather go to, as an index of the request's rooms.
        pinned: They want that room because somebody of their group stays there.
        room: Where they are planned to go; -1 while nowhere.
        mask: The members as bits, once weighed.
    """

    members: list[int]
    wanted: int | None = None
    pinned: bool = False
    room: int = -1
    mask: int = 0
    _planes: list[tuple[int, int]] = field(factory=list)

    @property
    def size(self) -> int:
        return len(self.members)

    @property
    def effort(self) -> int:
        """How many `and`s one `cost` takes; 0 when it does not matter whom they sit with."""
        return len(self._planes)

    @property
    def difficulty(self) -> int:
        """How many people they should not meet, or have met."""
        return sum(others.bit_count() for others, _ in self._planes)

    def weigh(self, party: Party) -> None:
        """Look up whom these people should not meet, by what the party knows now."""
        self.mask = reduce(or_, (1 << i for i in self.members))
        planes = [(party.apart[i], APART_WEIGHT) for i in self.members]
        planes += [(plane[i], 1 << bit) for bit, plane in enumerate(party.met) for i in self.members]
        self._planes = [(others & ~self.mask, weight) for others, weight in planes if others & ~self.mask]

    def cost(self, people: int) -> int:
        """What it costs to sit with `people`, these themselves aside."""
        return sum((others & people).bit_count() * weight for others, weight in self._planes)

    def cut(self, size: int) -> "tuple[Unit, Unit]":
        """The first `size` members, and the others, as units of their own that are still to be weighed."""
        first = Unit(self.members[:size], wanted=self.wanted, pinned=self.pinned)
        return first, Unit(self.members[size:], wanted=self.wanted)


@define
class Groups:
    """Who wants one room with whom, over groups that overlap: disjoint sets of indexes, led by their lowest."""

    _leader: list[int]

    @classmethod
    def of(cls, party: Party) -> "Groups":
        return cls(list(range(len(party.apart))))

    def learn(self, party: Party, keep_together: tuple[tuple[str, ...], ...]) -> Iterator[None]:
        """Join everybody who is in a group together; yields between groups."""
        for group in keep_together:
            known = [party.index[user] for user in group if user in party.index]
            for other in known[1:]:
                self._join(known[0], other)
            yield

    def leader(self, person: int) -> int:
        while self._leader[person] != person:
            self._leader[person] = self._leader[self._leader[person]]
            person = self._leader[person]
        return person

    def _join(self, a: int, b: int) -> None:
        low, high = sorted((self.leader(a), self.leader(b)))
        self._leader[high] = low


def make_units(party: Party, groups: Groups, home: Mapping[int, int]) -> list[Unit]:
    """The units of a party, in the order of their first member.

    `home` says where people sit who have a say in where their group goes: per person the index of the room.
    """
    placed = range(len(party.anchors))
    members: dict[int, list[int]] = {}
    for person in placed:
        members.setdefault(groups.leader(person), []).append(person)
    pins = {groups.leader(person): room for person, room in home.items() if person not in placed}
    return [_unit(people, home, pins.get(leader)) for leader, people in members.items()]


def _unit(people: list[int], home: Mapping[int, int], pin: int | None) -> Unit:
    sits = [home[person] for person in people if person in home]
    wanted = pin if pin is not None else max(sits, key=sits.count, default=None)
    return Unit(people, wanted=wanted, pinned=pin is not None)
