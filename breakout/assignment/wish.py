"""The wishes that a plan could not keep, said in sentences for people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from breakout.assignment.party import PAIRS_PER_STEP
from breakout.assignment.request import PlanRequest

NAMED = 3
"""How many people a sentence names before it counts the others."""


def broken_wishes(request: PlanRequest, room_of: Mapping[str, str | None]) -> Iterator[list[str]]:
    """For each group in turn a sentence if `room_of` breaks its wish, so read off the result itself.

    `room_of` has the room of everybody who was placed or stays, and None for the unplaced.
    """
    largest = max((room.capacity for room in request.rooms), default=0)
    for group in request.keep_together:
        yield [_apart(request, group, room_of, largest)] if _scattered(group, room_of) else []
    for group in request.keep_apart:
        met = _met(group, room_of)
        yield [_together(request, met, sum(room_of.get(user) is not None for user in set(group)))] if met else []


def _scattered(group: Sequence[str], room_of: Mapping[str, str | None]) -> bool:
    return len({room_of[user] for user in group if user in room_of}) > 1


def _apart(request: PlanRequest, group: Sequence[str], room_of: Mapping[str, str | None], largest: int) -> str:
    known = [user for user in group if user in room_of]
    takes_place = sum(user not in request.companions for user in known)
    if takes_place > largest:
        why = f"they are {takes_place} and the largest room holds {largest}"
    elif any(room_of[user] is None for user in known):
        why = "there are not enough places"
    else:
        why = "the sizes of the rooms and the other wishes leave no room for all of them"
    return f"{_names(request, known)} are not together: {why}."


def _met(group: Sequence[str], room_of: Mapping[str, str | None]) -> list[str]:
    """Those of `group` who are not alone in their room."""
    placed = sorted((room, user) for user in set(group) if (room := room_of.get(user)) is not None)
    shared = [list(members) for _, members in groupby(placed, key=lambda pair: pair[0])]
    found = {user for members in shared if len(members) > 1 for _, user in members}
    return [user for user in dict.fromkeys(group) if user in found]


def _together(request: PlanRequest, met: Sequence[str], seated: int) -> str:
    rooms = len(request.rooms)
    crowded = f"they are {seated} and the rooms {rooms}"
    why = crowded if seated > rooms else "other wishes or placements stand against it"
    return f"{_names(request, met)} are not all apart: {why}."


def repeated_meetings(request: PlanRequest, room_of: Mapping[str, str | None]) -> Iterator[list[str]]:
    """How many pairs of `request.met` are in one room again, as a sentence at the end; yields between steps."""
    pairs = 0
    for n, ((a, b), times) in enumerate(request.met.items()):
        room = room_of.get(a)
        pairs += room is not None and times > 0 and room == room_of.get(b)
        if n % PAIRS_PER_STEP == 0:
            yield []
    again = "1 pair that has met before meets" if pairs == 1 else f"{pairs} pairs that have met before meet"
    yield [f"{again} again."] if pairs else []


def _names(request: PlanRequest, users: Iterable[str]) -> str:
    names = [request.names.get(user, user) for user in users]
    if len(names) > NAMED + 1:
        names = [*names[:NAMED], f"{len(names) - NAMED} others"]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
