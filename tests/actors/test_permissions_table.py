"""Every command by every role: exactly the table of the contract; a refusal is `forbidden` and changes nothing."""

from typing import Any

import pytest

from breakout.contract.table import COMMANDS, CommandSpec, Needs
from breakout.identity import Caller, User
from breakout.permission import permissions_of
from tests.actors.harness import Client, FakeConnection, World
from tests.actors.house import make_house, ready

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


async def _answer(world: World, spec: CommandSpec, role: str) -> tuple[dict[str, Any], bool]:
    """The reply, and whether anything is different from before."""
    permissions, facilitates = ROLES[role]
    connection = FakeConnection(Caller(User("caller", "Cal", "Test"), permissions))
    world.door.connect(connection)
    await world.settle()
    caller = Client(world, connection)
    house = await make_house(world, caller, facilitates)
    may_ask_for_help = role in JOINING or spec.event != "breakout.help.cancel"
    data = await ready(spec, house, caller) if may_ask_for_help else {}
    await world.windows()
    before = world.runner.feed.rooms.copy(), world.runner.feed.session, world.store.position
    sent = caller.send(spec.event.removeprefix("breakout."), **data)
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
