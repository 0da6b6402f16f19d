"""What belongs to another session is not found, whatever a command does with it."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from breakout.contract.table import COMMANDS
from tests.actors.harness import World
from tests.actors.house import House, make_house

FOREIGN: dict[str, Callable[[House], dict[str, Any]]] = {
    "room.update": lambda house: {"roomId": house.blue, "name": "Mine"},
    "room.join": lambda house: {"roomId": house.blue},
    "room.close": lambda house: {"roomId": house.blue},
    "room.reopen": lambda house: {"roomId": house.closed},
    "timer.start": lambda house: {"roomId": house.blue},
    "timer.extend": lambda house: {"roomId": house.red, "seconds": 60},
    "timer.pause": lambda house: {"roomId": house.red},
    "timer.resume": lambda house: {"roomId": house.red},
    "timer.stop": lambda house: {"roomId": house.red},
    "participant.move": lambda house: {"userId": "eve", "roomId": house.blue},
    "assignments.preview": lambda house: {"strategy": "even", "roomIds": [house.blue]},
    "assignments.apply": lambda house: {"strategy": "even", "roomIds": [house.blue]},
    "chat.send": lambda house: {"text": "hello", "roomId": house.blue},
    "broadcast.send": lambda house: {"text": "hello", "roomIds": [house.blue]},
}
"""Every command that names a room or rooms: a test compares."""

MANUAL = [
    ("assignments.preview", lambda house: {"strategy": "manual", "assignments": [{"userId": "eve", "roomId": house.blue}]}),
    ("assignments.apply", lambda house: {"strategy": "manual", "assignments": [{"userId": "eve", "roomId": house.blue}]}),
]

OTHERS: dict[str, tuple[Callable[[House], dict[str, Any]], str]] = {
    "recall.ack": (lambda house: {"recallId": house.recall_id}, "recall_not_found"),
    "recall.cancel": (lambda house: {"recallId": house.recall_id}, "recall_not_found"),
    "help.claim": (lambda house: {"helpId": house.help_id}, "help_not_found"),
    "help.resolve": (lambda house: {"helpId": house.help_id}, "help_not_found"),
    "participant.move": (lambda _: {"userId": "ann", "roomId": None}, "user_not_found"),
}


def test_no_command_that_names_rooms_is_left_out() -> None:
    naming = {
        spec.event.removeprefix("breakout.")
        for spec in COMMANDS
        if {"room_id", "room_ids"} & {field.name for field in attrs.fields(spec.command)}
    }
    assert naming == set(FOREIGN)


async def _refused(world: World, event: str, data: Callable[[House], dict[str, Any]]) -> str:
    """How staff of another session are refused; nothing changes in the session that they meant."""
    house = await make_house(world, await world.connect("caller", role="MODERATOR"))
    elsewhere = World(world.root, world.store, "elsewhere")
    stranger, _ = await elsewhere.staff("mallory"), await elsewhere.connect("eve")
    await world.windows()
    before = world.runner.feed.rooms.copy(), world.runner.feed.session
    error = await stranger.refused(event, **data(house))
    await world.windows()
    assert (world.runner.feed.rooms, world.runner.feed.session) == before
    return str(error["code"])


@pytest.mark.parametrize(("event", "data"), [*FOREIGN.items(), *MANUAL])
async def test_room_of_another_session_is_not_found(world: World, event: str, data: Callable[[House], dict[str, Any]]) -> None:
    assert await _refused(world, event, data) == "room_not_found"


@pytest.mark.parametrize("event", OTHERS)
async def test_person_recall_or_request_of_another_session_is_not_found(world: World, event: str) -> None:
    data, code = OTHERS[event]
    assert await _refused(world, event, data) == code
