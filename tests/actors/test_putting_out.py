"""People whom an operator puts out, of one session or of all: gone at once, seated by nobody, whatever was under way."""

from typing import Any

import pytest
from attrs import AttrsInstance

from actors.request import Request
from actors.root import Root, running
from actors.session_door import SessionDoor
from actors.session_runner import ActorSettings
from breakout.contract.operations import OPERATIONS, CloseRoomNow, ReadmitUser, RemoveUser, RestartRoomNow
from breakout.identity import Caller, User
from breakout.permission import permissions_of
from tests.actors.harness import Client, FakeConnection, World, make_root, world_over
from tests.fakes.memory_store import MemoryStore

OTTO = Caller(User("otto", "Otto", "Op"), permissions_of([], ["breakout:operate"]))


def order(world: World, command: AttrsInstance) -> FakeConnection:
    """Have an operator's command brought to the session; what it is answered comes to the connection returned."""
    taker = FakeConnection(OTTO)
    world.door.submit(Request(command, OPERATIONS[type(command)], OTTO, taker, "http"))
    return taker


async def operate(world: World, command: AttrsInstance) -> None:
    taker = order(world, command)
    await world.settle()
    assert [frame["success"] for frame in taker.sent] == [True], taker.sent


async def put_out(world: World, user_id: str, how: str) -> None:
    if how == "evicted":
        await operate(world, RemoveUser(user_id))
    else:
        world.root.revoke([user_id])
        await world.settle()


async def let_in(world: World, user_id: str, how: str) -> None:
    if how == "evicted":
        await operate(world, ReadmitUser(user_id))
    else:
        world.root.reinstate(user_id)


async def people(world: World) -> tuple[Client, Client, Client, str, str]:
    """Staff, Ann in Blue and Ben in Red."""
    staff, ann, ben = await world.staff(), await world.connect("ann"), await world.connect("ben")
    blue, red = await world.room(staff, "Blue"), await world.room(staff, "Red")
    await ann.ask("room.join", roomId=blue)
    await ben.ask("room.join", roomId=red)
    return staff, ann, ben, blue, red


def seats(world: World) -> dict[str, str]:
    return dict(world.runner.feed.seat_of)


BOTH = pytest.mark.parametrize("how", ["evicted", "revoked"])


@BOTH
async def test_every_device_is_closed_and_the_seat_is_free_at_once(world: World, how: str) -> None:
    staff, ann, _, blue, red = await people(world)
    phone = await world.another(ann)
    await put_out(world, "ann", how)
    assert [device.connection.closed for device in (ann, phone)] == [4002, 4002]
    assert seats(world) == {"ben": red}
    await world.windows()
    assert (await staff.state())["participants"][blue] == []
    assert (await world.connect("ann")).connection.closed == 4002


@BOTH
async def test_seat_that_was_held_is_free_at_once(world: World, how: str) -> None:
    _, ann, _, _, red = await people(world)
    await ann.leave()
    await put_out(world, "ann", how)
    assert seats(world) == {"ben": red}


@BOTH
async def test_staff_seat_nobody_who_is_out_and_anybody_who_is_in_again(world: World, how: str) -> None:
    staff, _, _, blue, red = await people(world)
    await put_out(world, "ann", how)
    assert (await staff.refused("participant.move", userId="ann", roomId=red))["code"] == "user_not_found"
    assert (await staff.refused("participants.swap", userIds=["ann", "ben"]))["code"] == "user_not_found"
    by_hand: Any = {"strategy": "manual", "assignments": [{"userId": "ann", "roomId": red}, {"userId": "ben", "roomId": blue}]}
    for command in ("preview", "apply"):
        plan = await staff.ask(f"assignments.{command}", **by_hand)
        assert (plan["assignments"], plan["unplaced"]) == ([{"userId": "ben", "roomId": blue}], ["ann"])
        assert "an operator has put out" in plan["relaxed"][0]
    even = await staff.ask("assignments.apply", strategy="even", userIds=["ann", "ben"], roomIds=[red])
    assert [placement["userId"] for placement in even["assignments"]] == ["ben"]
    assert seats(world) == {"ben": red}
    await let_in(world, "ann", how)
    await staff.ask("participant.move", userId="ann", roomId=blue)
    await staff.ask("participants.swap", userIds=["ann", "ben"])
    assert seats(world) == {"ann": red, "ben": blue}


@BOTH
async def test_undone_change_seats_nobody_who_is_out(world: World, how: str) -> None:
    staff, _, _, blue, red = await people(world)
    swapped = [{"userId": "ann", "roomId": red}, {"userId": "ben", "roomId": blue}]
    await staff.ask("assignments.apply", strategy="manual", assignments=swapped)
    change = (await staff.ask("history.list"))["changes"][0]["changeId"]
    await put_out(world, "ann", how)
    await staff.ask("history.undo", changeId=change)
    assert seats(world) == {"ben": red}


@BOTH
async def test_reopened_room_seats_nobody_who_is_out(world: World, how: str) -> None:
    staff, _, _, _, red = await people(world)
    await staff.ask("participant.move", userId="ann", roomId=red)
    await staff.ask("room.close", roomId=red)
    await put_out(world, "ann", how)
    assert (await staff.ask("room.reopen", roomId=red))["restored"] == ["ben"]
    assert seats(world) == {"ben": red}


@BOTH
async def test_joins_that_wait_are_refused_and_the_one_under_way_ends_without_a_seat(world: World, how: str) -> None:
    _, ann, _, blue, red = await people(world)
    joins = [ann.send("room.join", roomId=room_id) for room_id in (red, blue) * 8]
    await put_out(world, "ann", how)
    assert seats(world) == {"ben": red}
    outcomes = [frame["success"] for frame in map(ann.reply, joins) if frame is not None]
    assert len(outcomes) == len(joins)


async def test_commands_behind_an_eviction_are_refused(world: World) -> None:
    await world.staff()
    oleg = await world.staff("oleg")
    taker = order(world, RemoveUser("oleg"))
    sent = oleg.send("room.create", name="Red")
    await world.settle()
    assert taker.sent[0]["success"]
    assert (oleg.reply(sent) or {})["error"]["code"] == "forbidden"
    assert world.runner.feed.rooms == {}


async def test_commands_that_wait_in_a_room_are_refused_and_those_of_others_are_not(world: World) -> None:
    staff, oleg = await world.staff(), await world.staff("oleg")
    blue = await world.room(staff)
    sent = oleg.send("timer.start", roomId=blue)
    theirs = staff.send("room.update", roomId=blue, name="Red")
    world.runner.supervisor._actor_weakref()._parts.connecting.put_out("oleg", "test")
    await world.settle()
    assert (oleg.reply(sent) or {})["error"]["code"] == "forbidden"
    assert (staff.reply(theirs) or {})["success"]
    assert world.room_state(blue).countdown is None


async def test_plan_that_is_made_when_its_organizer_is_put_out_is_not_applied(world: World) -> None:
    _, _, _, blue, red = await people(world)
    oleg = await world.staff("oleg")
    sent = oleg.send("assignments.apply", strategy="manual", assignments=[{"userId": "ann", "roomId": red}])
    order(world, RemoveUser("oleg"))
    await world.settle()
    assert (oleg.reply(sent) or {})["error"]["code"] == "forbidden"
    assert seats(world) == {"ann": blue, "ben": red}


async def test_operator_who_is_out_of_a_session_still_operates_on_it(world: World) -> None:
    await people(world)
    await operate(world, RemoveUser("otto"))
    assert "otto" in world.runner.feed.session.removed
    await operate(world, ReadmitUser("otto"))
    assert "otto" not in world.runner.feed.session.removed


@BOTH
async def test_room_that_was_away_gives_up_the_seat_when_it_is_back(world: World, how: str) -> None:
    _, _, _, blue, red = await people(world)
    world.break_room(blue)
    order(world, RemoveUser("ann")) if how == "evicted" else world.root.revoke(["ann"])
    await world.settle()
    assert seats(world) == {"ben": red}
    assert world.room_state(blue).seats == {}


async def test_seat_is_given_up_at_the_start_where_the_process_ended_before_it_was() -> None:
    store = MemoryStore()
    async with world_over(store) as world:
        _, _, _, _, red = await people(world)
    async with running(root_that_revokes(store, "ann")) as root:
        world = World(root, store)
        await world.settle()
        assert seats(world) == {"ben": red}


async def test_somebody_who_is_revoked_while_the_session_is_loaded_is_put_out_too(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    async with world_over(store) as world:
        _, _, _, _, red = await people(world)
    plain = SessionDoor.open

    def late(door: SessionDoor, runner: Any) -> None:
        root.revoke(["ann"])
        plain(door, runner)

    monkeypatch.setattr(SessionDoor, "open", late)
    async with running(root := make_root(store)):
        world = World(root, store)
        await world.settle()
        assert seats(world) == {"ben": red}


def root_that_revokes(store: MemoryStore, user_id: str) -> Root:
    """As the server makes it, which reads who is revoked before any session is loaded."""
    root = make_root(store)
    root.revoke([user_id])
    return root


async def test_seat_of_somebody_who_was_revoked_stays_free_after_a_restart() -> None:
    store = MemoryStore()
    async with world_over(store) as world:
        _, _, _, _, red = await people(world)
    async with world_over(store) as world:
        world.root.revoke(["ann"])
        await world.settle()
        assert seats(world) == {"ben": red}
    async with world_over(store) as world:
        assert seats(world) == {"ben": red}


@pytest.mark.parametrize("command", [RestartRoomNow, CloseRoomNow, RemoveUser])
async def test_operators_command_has_room_where_the_flooded_mailboxes_have_none(command: Any) -> None:
    async with world_over(MemoryStore(), settings=ActorSettings(max_mailbox_messages=3)) as world:
        _, ann, _, blue, _ = await people(world)
        flood = [ann.send("rooms.list") for _ in range(5)] + [ann.send("chat.send", text="x") for _ in range(5)]
        await operate(world, command("ann" if command is RemoveUser else blue))
        refused = [frame["error"]["code"] for frame in map(ann.reply, flood) if frame and not frame["success"]]
        assert refused.count("overloaded") == 4


async def test_operators_command_is_taken_where_too_much_waits_for_the_disk() -> None:
    store = MemoryStore()
    async with world_over(store, settings=ActorSettings(max_waiting_changes=2)) as world:
        _, ann, _, _, _ = await people(world)
        store.auto_commit = False
        for text in ("one", "two"):
            ann.send("chat.send", text=text)
        await world.settle()
        assert (await ann.refused("chat.send", text="three"))["code"] == "overloaded"
        taker = order(world, RemoveUser("ann"))
        await world.settle()
        assert ann.connection.closed == 4002
        store.commit()
        await world.settle()
        assert [frame["success"] for frame in taker.sent] == [True]
