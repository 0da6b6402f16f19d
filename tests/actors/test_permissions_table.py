"""Every command by every role: exactly the table of the contract; a refusal is `forbidden` and changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import frozen

from breakout.contract.table import COMMANDS, CommandSpec, Needs
from breakout.identity import Caller, User
from breakout.permission import permissions_of
from tests.actors.harness import Client, FakeConnection, World


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

ROLES: dict[str, tuple[frozenset[str], str]] = {
    "attendee": (permissions_of(["ATTENDEE"], []), ""),
    "facilitator of the room": (permissions_of(["ATTENDEE"], []), "blue"),
    "facilitator of another room": (permissions_of(["ATTENDEE"], []), "red"),
    "staff": (permissions_of(["MODERATOR"], []), ""),
    "operator without manage": (permissions_of(["ATTENDEE"], ["breakout:operate"]), ""),
    "token without join": (frozenset({"breakout:watch"}), ""),
}
"""Each role's permissions, and which room its holder facilitates."""

JOINING = {"attendee", "facilitator of the room", "facilitator of another room", "staff", "operator without manage"}
ALLOWED = {
    Needs.NOTHING: set(ROLES),
    Needs.JOIN: JOINING,
    Needs.FACILITATOR: {"staff", "facilitator of the room"},
    Needs.MANAGE: {"staff"},
    Needs.OPERATE: set(),
}
"""Who may give the commands of the wire; what needs OPERATE comes over the admin API alone."""


async def _house(world: World, caller: Client, facilitates: str) -> House:
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


async def _answer(world: World, spec: CommandSpec, role: str) -> tuple[dict[str, Any], bool]:
    """The reply, and whether anything is different from before."""
    permissions, facilitates = ROLES[role]
    connection = FakeConnection(Caller(User("caller", "Cal", "Test"), permissions))
    world.door.connect(connection)
    await world.settle()
    caller = Client(world, connection)
    house = await _house(world, caller, facilitates)
    event = spec.event.removeprefix("breakout.")
    for name, data in BEFORE.get(event, []):
        await house.staff.ask(name, **data(house))
    if event == "help.cancel" and role in JOINING:
        await caller.ask("help.request")
    await world.windows()
    before = world.runner.feed.rooms.copy(), world.runner.feed.session, world.store.position
    sent = caller.send(event, **(DATA[event](house) if event in DATA else {}))
    await world.settle()
    reply = caller.reply(sent)
    assert reply is not None
    return reply, before != (world.runner.feed.rooms, world.runner.feed.session, world.store.position)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.event)
async def test_command_is_open_to_exactly_the_roles_of_the_table(world: World, spec: CommandSpec, role: str) -> None:
    reply, changed = await _answer(world, spec, role)
    if role in ALLOWED[spec.needs]:
        assert reply["success"], reply["error"]
    else:
        assert reply["error"]["code"] == "forbidden"
        assert not changed


async def test_staff_alone_write_into_a_room_from_outside_and_name_another_facilitator(world: World) -> None:
    staff, ann, ben = await world.staff(), await world.connect("ann"), await world.connect("ben")
    blue = await world.room(staff, "Blue", facilitatorId="ann")
    await ben.ask("room.join", roomId=blue)
    for client in (ann, ben):
        assert (await client.refused("chat.send", text="hello", roomId=blue))["code"] == "forbidden"
        assert (await client.refused("room.update", roomId=blue, facilitatorId="ben"))["code"] == "forbidden"
    assert world.room_state(blue).messages == ()
    await staff.ask("chat.send", text="hello", roomId=blue)
    await staff.ask("room.update", roomId=blue, facilitatorId="ben")
