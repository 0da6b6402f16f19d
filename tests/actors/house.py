"""A session in which every command of the table has something to work on, and the data that makes each succeed."""

from collections.abc import Callable
from typing import Any

from attrs import frozen

from breakout.contract.table import CommandSpec
from tests.actors.harness import Client, World


@frozen(eq=False)
class House:
    """A session in which every command has something to work on.

    Attributes:
        blue: The caller sits here and facilitates it, if they facilitate anything here.
        red: A room that somebody else facilitates, with Ann inside, a running timer and a request for help.
        closed: A closed room.
        change_id: Of a close that can be undone.
    """

    staff: Client
    blue: str
    red: str
    closed: str
    recall_id: str
    help_id: str
    change_id: str


DATA: dict[str, Callable[[House], dict[str, Any]]] = {
    "room.create": lambda _: {"name": "More"},
    "rooms.create": lambda _: {"rooms": [{"name": "More"}]},
    "room.update": lambda house: {"roomId": house.blue, "name": "New"},
    "room.join": lambda house: {"roomId": house.blue},
    "room.close": lambda house: {"roomId": house.blue},
    "room.reopen": lambda house: {"roomId": house.closed},
    "timer.start": lambda house: {"roomId": house.blue, "durationSeconds": 60},
    "timer.extend": lambda house: {"roomId": house.blue, "seconds": 60},
    "timer.pause": lambda house: {"roomId": house.blue},
    "timer.resume": lambda house: {"roomId": house.blue},
    "timer.stop": lambda house: {"roomId": house.blue},
    "timer.extendAll": lambda _: {"seconds": 60},
    "all.recall": lambda _: {"graceSeconds": 60},
    "recall.ack": lambda house: {"recallId": house.recall_id},
    "recall.cancel": lambda house: {"recallId": house.recall_id},
    "assignments.preview": lambda _: {"strategy": "even"},
    "assignments.apply": lambda _: {"strategy": "even"},
    "participant.move": lambda _: {"userId": "ann", "roomId": None},
    "participants.swap": lambda _: {"userIds": ["ann", "caller"]},
    "companion.set": lambda _: {"userId": "ann", "companionOf": "caller"},
    "chat.send": lambda _: {"text": "hello"},
    "broadcast.send": lambda _: {"text": "hello"},
    "help.claim": lambda house: {"helpId": house.help_id},
    "help.resolve": lambda house: {"helpId": house.help_id},
    "time.request": lambda _: {"seconds": 60},
    "history.undo": lambda house: {"changeId": house.change_id},
}
"""What makes each command succeed for whoever may give it; the others need nothing."""

BEFORE: dict[str, list[tuple[str, Callable[[House], dict[str, Any]]]]] = {
    "timer.extend": [("timer.start", lambda house: {"roomId": house.blue, "durationSeconds": 600})],
    "timer.pause": [("timer.start", lambda house: {"roomId": house.blue, "durationSeconds": 600})],
    "timer.stop": [("timer.start", lambda house: {"roomId": house.blue, "durationSeconds": 600})],
    "timer.resume": [
        ("timer.start", lambda house: {"roomId": house.blue, "durationSeconds": 600}),
        ("timer.pause", lambda house: {"roomId": house.blue}),
    ],
    "all.recall": [("recall.cancel", lambda house: {"recallId": house.recall_id})],
}
"""What staff do before it."""


async def make_house(world: World, caller: Client, facilitates: str = "") -> House:
    """`caller` is connected, as the user "caller"; `facilitates` is "blue", "red", or empty."""
    staff, ann = await world.staff(), await world.connect("ann")
    closed = await world.room(staff, "Closed")
    await staff.ask("room.close", roomId=closed)
    change_id = (await staff.ask("history.list"))["changes"][0]["changeId"]
    blue, red = await world.room(staff, "Blue"), await world.room(staff, "Red")
    if facilitates:
        await staff.ask("room.update", roomId={"blue": blue, "red": red}[facilitates], facilitatorId="caller")
    await ann.ask("room.join", roomId=red)
    await staff.ask("participant.move", userId="caller", roomId=blue)
    await staff.ask("timer.start", roomId=red, durationSeconds=3600)
    help_id = (await ann.ask("help.request"))["helpId"]
    recall_id = (await staff.ask("all.recall", graceSeconds=300, mode="invited"))["recallId"]
    return House(staff, blue, red, closed, recall_id, help_id, change_id)


async def ready(spec: CommandSpec, house: House, caller: Client) -> dict[str, Any]:
    """Do what must come before a command of `caller`; its data."""
    event = spec.event.removeprefix("breakout.")
    for name, data in BEFORE.get(event, []):
        await house.staff.ask(name, **data(house))
    if event == "help.cancel":
        await caller.ask("help.request")
    return DATA[event](house) if event in DATA else {}
