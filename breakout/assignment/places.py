"""How many places of which room a plan fills, and who gets one when they are scarce."""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from breakout.assignment.unit import Unit


def even_places(count: int, staying: Sequence[int], capacity: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """How many of `count` people go into each room so that sizes differ as little as they can.

    Those who stay count, no room is filled beyond its capacity, and the sum is less than `count` when there are not
    enough places. Of rooms of one size the one more `wanted` is filled first, then the first.
    """
    places = [0] * len(staying)
    rooms = range(len(staying))
    open_rooms = [(staying[room], -wanted[room], room) for room in rooms if staying[room] < capacity[room]]
    heapify(open_rooms)
    for _ in range(count):
        if not open_rooms:
            break
        size, likes, room = heappop(open_rooms)
        places[room] += 1
        if size + 1 < capacity[room]:
            heappush(open_rooms, (size + 1, likes, room))
    return places


def admit(units: Sequence[Unit], places: int) -> tuple[list[Unit], list[int]]:
    """Who gets one of `places`, first come first served, and who (by index) gets none.

    A group that does not fit any more is passed over as long as others fit; it is cut only to fill the last places.
    """
    admitted, passed = [], []
    for unit in units:
        if unit.size <= places:
            admitted.append(unit)
            places -= unit.size
        else:
            passed.append(unit)
    if passed and places:
        first, rest = passed[0].cut(places)
        admitted.append(first)
        passed[0] = rest
    return admitted, [person for unit in passed for person in unit.members]
