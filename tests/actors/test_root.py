"""Sessions in memory: idle ones leave and come back, busy ones stay, snapshots are written."""

import pykka
import pytest
import trio

from actors.session_runner import ActorSettings
from breakout.ports import StoredSession
from tests.actors.harness import FakeConnection, World, caller, world_over
from tests.fakes.memory_store import MemoryStore

IDLE_SECONDS = ActorSettings().session_idle_seconds


async def test_idle_session_leaves_memory_with_all_its_actors(world: World) -> None:
    staff = await world.staff()
    await world.room(staff)
    actors = len(pykka.ActorRegistry.get_all())
    await staff.leave()
    await world.pass_seconds(IDLE_SECONDS + 10)
    assert world.root.statistics().sessions == 0
    assert len(pykka.ActorRegistry.get_all()) == actors - 2


async def test_session_comes_back_with_the_first_connection(world: World) -> None:
    staff = await world.staff()
    room_id = await world.room(staff)
    await staff.leave()
    await world.pass_seconds(IDLE_SECONDS + 10)
    connection = FakeConnection(caller("ann"))
    world.root.door("demo").connect(connection)
    await world.settle()
    assert [room["id"] for room in connection.sent[0]["data"]["rooms"]] == [room_id]


async def test_session_with_a_connection_stays(world: World) -> None:
    await world.staff()
    await world.pass_seconds(IDLE_SECONDS * 2)
    assert world.root.statistics().sessions == 1


async def test_session_with_a_running_timer_stays_until_it_has_ended(world: World) -> None:
    staff = await world.staff()
    room_id = await world.room(staff)
    await staff.ask("timer.start", roomId=room_id, durationSeconds=IDLE_SECONDS * 2)
    await staff.leave()
    await world.pass_seconds(IDLE_SECONDS + 10)
    assert world.root.statistics().sessions == 1
    await world.pass_seconds(IDLE_SECONDS + 10)
    assert world.root.statistics().sessions == 0
    stored = await world.store.load_room("demo", room_id)
    assert stored is not None
    assert not stored.state.open


async def test_only_sessions_with_work_are_loaded_at_the_start() -> None:
    store = MemoryStore()
    async with world_over(store) as first:
        staff = await first.staff()
        room_id = await first.room(staff)
        await staff.ask("timer.start", roomId=room_id, durationSeconds=600)
        quiet = World(first.root, store, "quiet")
        await first.settle()
        await quiet.room(await quiet.staff("otto"))
        clock = first.root.clock
    async with world_over(store, clock=clock) as second:
        assert [door.session_id for door in second.root.doors()] == ["demo"]


async def test_what_changed_is_written_every_few_seconds_and_once_more_at_the_end() -> None:
    store = MemoryStore()
    async with world_over(store) as world:
        staff = await world.staff()
        room_id = await world.room(staff)
        await world.pass_seconds(ActorSettings().snapshot_seconds + 0.1)
        assert [room.state.id for snapshot in store.snapshots for room in snapshot.rooms] == [room_id]
        await world.pass_seconds(ActorSettings().snapshot_seconds * 3)
        assert len(store.snapshots) == 1
        await staff.ask("room.update", roomId=room_id, name="Red")
    assert store.snapshots[-1].rooms[0].state.name == "Red"
    assert store.snapshots[-1].rooms[0].position == store.position


async def test_snapshot_that_could_not_be_written_is_written_later(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    async with world_over(store) as world:
        staff = await world.staff()
        room_id = await world.room(staff)

        async def failing(_snapshots: object) -> None:
            await trio.lowlevel.checkpoint()
            raise OSError("disk")

        with monkeypatch.context() as patch:
            patch.setattr(store, "save_snapshots", failing)
            await world.pass_seconds(12)
        assert store.snapshots == []
        await world.pass_seconds(6)
        assert [room.state.id for snapshot in store.snapshots for room in snapshot.rooms] == [room_id]


async def test_sessions_do_not_hear_each_other(world: World) -> None:
    ann = await world.connect("ann")
    other = World(world.root, world.store, "other")
    await world.settle()
    await other.room(await other.staff("otto"))
    await world.windows()
    assert ann.events() == ["session.state"]


async def test_commands_before_the_session_is_loaded_are_refused_and_the_state_follows(world: World) -> None:
    other = World(world.root, world.store, "other")
    connection = FakeConnection(caller("ann"))
    other.door.connect(connection)
    assert connection.sent == []
    await world.settle()
    assert [frame["event"] for frame in connection.sent] == ["breakout.session.state"]


async def test_store_that_was_killed_loses_nothing_that_was_acknowledged() -> None:
    store = MemoryStore(auto_commit=True)
    async with world_over(store) as first:
        staff, ann = await first.staff(), await first.connect("ann")
        room_id = await first.room(staff)
        await ann.ask("room.join", roomId=room_id)
        await ann.ask("chat.send", text="kept")
        store.auto_commit = False
        lost = ann.send("chat.send", text="lost")
        await first.settle()
        assert ann.reply(lost) is None
        store.lose_waiting()
        clock = first.root.clock
    async with world_over(store, clock=clock) as second:
        ann = await second.connect("ann")
        inside = ann.connection.sent[0]["data"]["room"]
        assert [message["text"] for message in inside["messages"]] == ["kept"]
        assert inside["room"]["id"] == room_id


async def test_session_that_cannot_be_loaded_does_not_keep_the_others_from_being_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore()
    async with world_over(store) as first:
        for world in (first, World(first.root, store, "broken")):
            await world.settle()
            staff = await world.staff()
            await staff.ask("timer.start", roomId=await world.room(staff), durationSeconds=600)
        clock = first.root.clock
    load = store.load_session

    async def damaged(session_id: str, *, now: int) -> StoredSession:
        if session_id == "broken":
            raise ValueError("no such event")
        return await load(session_id, now=now)

    monkeypatch.setattr(store, "load_session", damaged)
    async with world_over(store, clock=clock) as second:
        staff = await second.staff("otto")
        assert (await staff.state())["rooms"][0]["timer"]["state"] == "running"
