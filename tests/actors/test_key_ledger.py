"""Idempotency keys: the same command is done once, and everybody who asks gets the first reply."""

from typing import Any

from tests.actors.harness import Client, World, world_over
from tests.fakes.memory_store import MemoryStore


async def _rooms(client: Client) -> list[str]:
    return [room["name"] for room in (await client.state())["rooms"]]


async def test_same_command_under_one_key_is_done_once_and_answered_alike(world: World) -> None:
    staff = await world.staff()
    first = await staff.ask("room.create", key="k", name="Blue")
    second = await staff.ask("room.create", key="k", name="Blue")
    assert second == first
    assert await _rooms(staff) == ["Blue"]


async def test_repetition_while_the_first_waits_for_its_commit_is_answered_with_it(world: World) -> None:
    staff = await world.staff()
    other = await world.another(staff)
    world.store.auto_commit = False
    first = staff.send("room.create", key="k", name="Blue")
    second, third = staff.send("room.create", key="k", name="Blue"), other.send("room.create", key="k", name="Blue")
    await world.settle()
    assert staff.reply(first) is None
    world.store.commit()
    await world.settle()
    replies = [staff.reply(first), staff.reply(second), other.reply(third)]
    assert all(frame is not None and frame["success"] for frame in replies)
    assert len({str(frame and frame["data"]) for frame in replies}) == 1
    assert len(world.runner.feed.rooms) == 1


async def test_repetition_after_a_reconnect_gets_the_first_reply(world: World) -> None:
    staff = await world.staff()
    first = await staff.ask("room.create", key="k", name="Blue")
    await staff.leave()
    back = await world.staff()
    assert await back.ask("room.create", key="k", name="Blue") == first
    assert await _rooms(back) == ["Blue"]


async def test_repetition_after_a_restart_of_the_server_gets_the_first_reply() -> None:
    store = MemoryStore()
    async with world_over(store) as first:
        staff = await first.staff()
        reply = await staff.ask("room.create", key="k", name="Blue")
        said = await staff.ask("chat.send", key="c", roomId=reply["room"]["id"], text="hello")
        clock = first.root.clock
    async with world_over(store, clock=clock) as second:
        staff = await second.staff()
        assert await staff.ask("room.create", key="k", name="Blue") == reply
        assert await staff.ask("chat.send", key="c", roomId=reply["room"]["id"], text="hello") == said
        assert await _rooms(staff) == ["Blue"]
        assert len(second.room_state(reply["room"]["id"]).messages) == 1


async def test_repetition_after_a_crash_of_the_room_gets_the_first_reply(world: World) -> None:
    staff = await world.staff()
    room_id = await world.room(staff)
    first = await staff.ask("timer.start", key="k", roomId=room_id, durationSeconds=60)
    await world.crash(room_id)
    await world.pass_seconds(3)
    assert await staff.ask("timer.start", key="k", roomId=room_id, durationSeconds=60) == first


async def test_refusal_is_remembered_under_its_key_also_over_a_restart() -> None:
    store = MemoryStore()
    async with world_over(store) as first:
        staff, ann = await first.staff(), await first.connect("ann")
        room_id = await first.room(staff, locked=True)
        refusal = await ann.refused("room.join", key="k", roomId=room_id)
        await staff.ask("room.update", roomId=room_id, locked=False)
        assert await ann.refused("room.join", key="k", roomId=room_id) == refusal
        clock = first.root.clock
    async with world_over(store, clock=clock) as second:
        ann = await second.connect("ann")
        assert await ann.refused("room.join", key="k", roomId=room_id) == refusal
        await ann.ask("room.join", key="another", roomId=room_id)


async def test_other_command_under_a_key_conflicts_and_has_no_effect(world: World) -> None:
    staff = await world.staff()
    await staff.ask("room.create", key="k", name="Blue")
    assert (await staff.refused("room.create", key="k", name="Red"))["code"] == "conflict"
    assert (await staff.refused("all.recall", key="k"))["code"] == "conflict"
    assert await _rooms(staff) == ["Blue"]


async def test_key_belongs_to_its_user(world: World) -> None:
    staff, other = await world.staff(), await world.staff("otto")
    await staff.ask("room.create", key="k", name="Blue")
    await other.ask("room.create", key="k", name="Red")
    assert await _rooms(staff) == ["Blue", "Red"]


async def test_transient_refusal_frees_the_key(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    room_id = await world.room(staff)
    world.break_room(room_id)
    assert (await ann.refused("room.join", key="k", roomId=room_id))["code"] == "room_unavailable"
    await ann.ask("room.join", key="k", roomId=room_id)


async def test_failed_commit_frees_the_key(world: World) -> None:
    staff = await world.staff()
    world.store.auto_commit = False
    sent = staff.send("room.create", key="k", name="Blue")
    await world.settle()
    world.store.fail_next()
    world.store.commit()
    world.store.auto_commit = True
    await world.pass_seconds(3)
    frame = staff.reply(sent)
    assert frame is not None
    assert frame["error"]["code"] == "storage_unavailable"
    await staff.ask("room.create", key="k", name="Blue")
    assert await _rooms(staff) == ["Blue"]


async def test_key_is_forgotten_after_ten_minutes_and_not_before(world: World) -> None:
    staff = await world.staff()
    await staff.ask("room.create", key="k", name="Blue")
    await world.pass_seconds(599)
    await staff.ask("room.create", key="k", name="Blue")
    assert await _rooms(staff) == ["Blue"]
    await world.pass_seconds(2)
    await staff.ask("room.create", key="k", name="Blue")
    assert await _rooms(staff) == ["Blue", "Blue"]


async def test_command_that_stores_nothing_leaves_the_key_to_the_one_that_does(world: World) -> None:
    staff = await world.staff()
    world.store.auto_commit = False
    staff.send("rooms.list", key="k")
    created = staff.send("room.create", key="k", name="Blue")
    await world.settle()
    world.store.commit()
    await world.settle()
    frame: Any = staff.reply(created)
    world.store.auto_commit = True
    assert (await staff.ask("room.create", key="k", name="Blue")) == frame["data"]


async def test_command_of_several_rooms_is_done_once_under_its_key(world: World) -> None:
    staff = await world.staff()
    rooms = [await world.room(staff, name) for name in ("Blue", "Red")]
    for room_id in rooms:
        await staff.ask("timer.start", roomId=room_id, durationSeconds=60)
    first = await staff.ask("timer.extendAll", key="k", seconds=30)
    assert await staff.ask("timer.extendAll", key="k", seconds=30) == first
    assert {world.room_state(room_id).countdown.duration_seconds for room_id in rooms} == {90}
