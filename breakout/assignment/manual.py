"""Placements by hand: done as they were asked for, as far as the rooms hold them."""

from collections.abc import Generator, Mapping

from breakout.assignment.request import PlanRequest


def place_by_hand(request: PlanRequest) -> Generator[None, None, tuple[dict[str, str], list[str]]]:
    """The room of everybody who has one, and a sentence for every placement that cannot be done; yields between steps.

    Somebody without a placement, or whose room is full, stays where they sit: nobody loses a seat by hand. People may
    trade places of full rooms, since all seats that are given up are free before any is taken.
    """
    home = {user: room.id for room in request.rooms for user in (*room.seated, *room.visitors)}
    wanted, relaxed = _read(request)
    while refused := _refused(request, home, wanted):
        yield
        for user in refused:
            room = _room_name(request, wanted.pop(user))
            relaxed.append(f"{_name(request, user)} could not be placed: {room} is full.")
    yield
    people = set(request.people)
    return {user: room for user, room in home.items() if user in people} | wanted, relaxed


def _read(request: PlanRequest) -> tuple[dict[str, str], list[str]]:
    """The room named for each person, and a sentence for each placement that says nothing usable."""
    wanted: dict[str, str] = {}
    relaxed = []
    people, rooms = set(request.people), {room.id for room in request.rooms}
    for placement in request.manual:
        name = _name(request, placement.user_id)
        if placement.user_id not in people:
            relaxed.append(f"{name} is not among the people to place.")
        elif (anchor := request.companions.get(placement.user_id, "")) in people:
            relaxed.append(f"{name} goes along with {_name(request, anchor)}.")
        elif placement.room_id not in rooms:
            relaxed.append(f"{name} could not be placed: there is no room {placement.room_id} to fill.")
        elif wanted.setdefault(placement.user_id, placement.room_id) != placement.room_id:
            relaxed.append(f"{name} was given two rooms; the first one counts.")
    return wanted, relaxed


def _refused(request: PlanRequest, home: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Whose room has no place left for them when everybody goes where `wanted` says; the last ones named."""
    staying = {room.id: sum(wanted.get(u, room.id) == room.id for u in room.seated) for room in request.rooms}
    capacity = {room.id: room.capacity for room in request.rooms}
    refused = []
    for user, room_id in wanted.items():
        if user in request.companions or home.get(user) == room_id:
            continue
        if staying[room_id] < capacity[room_id]:
            staying[room_id] += 1
        else:
            refused.append(user)
    return refused


def _name(request: PlanRequest, user: str) -> str:
    return request.names.get(user, user)


def _room_name(request: PlanRequest, room_id: str) -> str:
    return next(room.name for room in request.rooms if room.id == room_id) or room_id
