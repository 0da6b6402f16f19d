"""The people of a plan as sets of bits.

Whom somebody should not meet, and whom they have met how often, are integers with one bit per person; a room's people
are such an integer too. So the cost of putting somebody into a room is an `and` and a count of bits, a fraction of a
microsecond for a thousand people, and nothing is kept per pair.
"""

from collections.abc import Iterable, Iterator, Mapping

from attrs import Factory, define, evolve

from breakout.assignment.request import PlanRequest, RoomSlot

MET_PLANES = 4
"""Bits of the number of meetings that count: up to 15; more often counts as 15."""

PAIRS_PER_STEP = 2000


@define
class Party:
    """Everybody who matters to a plan, by index: those to place and those who stay.

    Attributes:
        anchors: The people to place who are nobody's companion, in the order asked.
        index: The index of every person; a companion has that of their person.
        apart: Per index, whom they should not sit with.
        met: Per plane and index, with whom the number of meetings has this bit.
    """

    anchors: list[str]
    index: dict[str, int]
    apart: list[int]
    met: list[list[int]] = Factory(list)

    def places(self, user: str) -> bool:
        """Whether `user` is to be placed, in their own right or beside their person."""
        return self.index.get(user, len(self.anchors)) < len(self.anchors)

    def bits(self, users: Iterable[str]) -> int:
        """The set of those of `users` who matter here."""
        found = 0
        for user in users:
            if user in self.index:
                found |= 1 << self.index[user]
        return found

    def learn_apart(self, groups: Iterable[tuple[str, ...]]) -> Iterator[None]:
        """Fill `apart`; yields between groups."""
        for group in groups:
            together = self.bits(group)
            for user in group:
                if user in self.index:
                    self.apart[self.index[user]] |= together & ~(1 << self.index[user])
            yield

    def learn_meetings(self, met: Mapping[tuple[str, str], int]) -> Iterator[None]:
        """Fill `met`; yields between steps."""
        self.met = [[0] * len(self.apart) for _ in range(MET_PLANES)]
        bits = [1 << person for person in range(len(self.apart))]
        for n, ((a, b), times) in enumerate(met.items()):
            one, other = self.index.get(a), self.index.get(b)
            if one is not None and other is not None and one != other:
                for plane in _planes(self.met, times):
                    plane[one] |= bits[other]
                    plane[other] |= bits[one]
            if n % PAIRS_PER_STEP == PAIRS_PER_STEP - 1:
                yield


def _planes(planes: list[list[int]], times: int) -> list[list[int]]:
    """The planes whose bit is set in `times`, in all of them where it has more bits than there are planes."""
    if times == 1:
        return planes[:1]
    capped = min(times, (1 << len(planes)) - 1)
    return [plane for bit, plane in enumerate(planes) if capped >> bit & 1]


def gather(request: PlanRequest, people: Iterable[str]) -> Party:
    """The party of a request, in the order of `people`; it has learned neither wishes nor meetings yet."""
    anchors = [user for user in dict.fromkeys(people) if user not in request.companions]
    staying = [user for room in request.rooms for user in own_right(request, room)]
    index = {user: n for n, user in enumerate(dict.fromkeys((*anchors, *staying)))}
    index |= {companion: index[anchor] for companion, anchor in request.companions.items() if anchor in index}
    return Party(anchors, index, [0] * len(index))


def own_right(request: PlanRequest, room: RoomSlot) -> list[str]:
    """Who sits in the room now and accompanies nobody."""
    return [user for user in (*room.seated, *room.visitors) if user not in request.companions]


def anchored(request: PlanRequest) -> PlanRequest:
    """The request with each companion leading straight to the person they accompany in the end.

    Those who accompany each other in a circle, or themselves, are nobody's companions.
    """
    anchors = {user: _anchor(user, request.companions) for user in request.companions}
    return evolve(request, companions={user: anchor for user, anchor in anchors.items() if anchor != user})


def _anchor(user: str, companions: Mapping[str, str]) -> str:
    seen = {user}
    anchor = user
    while anchor in companions:
        anchor = companions[anchor]
        if anchor in seen:
            return user
        seen.add(anchor)
    return anchor
