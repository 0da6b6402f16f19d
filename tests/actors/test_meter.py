"""What the actors count, seen through a session that works."""

import trio

from actors.meter import MeterStatistics
from actors.session_runner import ActorSettings
from breakout.errors import Malformed
from tests.actors.harness import World, world_over
from tests.fakes.memory_store import MemoryStore


def counted(world: World) -> MeterStatistics:
    return world.root.meter.statistics


async def test_answered_command_is_counted_with_its_outcome_and_its_latency(world: World) -> None:
    olga = await world.staff()
    await world.room(olga)
    await olga.refused("room.join", roomId="nowhere")
    commands = counted(world).commands
    assert commands["breakout.room.create", "success"] == 1
    assert commands["breakout.room.join", "room_not_found"] == 1
    assert counted(world).answer_seconds["breakout.room.create"].count == 1


async def test_latency_of_an_answer_includes_the_wait_for_the_commit() -> None:
    async with world_over(MemoryStore()) as world:
        olga = await world.staff()
        world.runner.feed.hold()
        olga.send("room.create", name="Blue")
        await trio.sleep(3)
        world.runner.feed.let_go()
        await world.settle()
        assert counted(world).answer_seconds["breakout.room.create"].total >= 3
        assert counted(world).delivery_seconds.total >= 3


async def test_repeated_command_is_counted_as_repeated(world: World) -> None:
    olga = await world.staff()
    for _ in range(2):
        await olga.ask("room.create", key="once", name="Blue")
    commands = counted(world).commands
    assert commands["breakout.room.create", "success"] == 1
    assert commands["breakout.room.create", "repeated"] == 1


async def test_command_without_permission_and_ping_are_counted_at_the_door(world: World) -> None:
    ann = await world.connect("ann")
    await ann.refused("room.create", name="Blue")
    await ann.ask("ping")
    assert counted(world).commands["breakout.room.create", "forbidden"] == 1
    assert counted(world).commands["breakout.ping", "success"] == 1
    assert "breakout.ping" not in counted(world).answer_seconds


async def test_frame_that_is_no_command_is_counted_without_an_event(world: World) -> None:
    world.door.refused_undecoded(Malformed())
    assert counted(world).commands["undecoded", "malformed"] == 1


async def test_seats_are_counted_when_taken_and_not_when_left(world: World) -> None:
    olga, ann = await world.staff(), await world.connect("ann")
    room_id = await world.room(olga)
    await ann.ask("room.join", roomId=room_id)
    await ann.ask("room.leave")
    assert counted(world).seatings == 1


async def test_crashes_of_rooms_and_their_end_are_counted() -> None:
    async with world_over(MemoryStore(), settings=ActorSettings(restart_intensity=1)) as world:
        room_id = await world.room(await world.staff())
        for _ in range(2):
            await world.crash(room_id)
        statistics = counted(world)
        assert (statistics.room_crashes, statistics.rooms_given_up, statistics.room_restarts_ordered) == (2, 1, 0)


async def test_counts_outlive_the_session(world: World) -> None:
    olga = await world.staff()
    await world.room(olga)
    await olga.leave()
    await world.pass_seconds(400)
    assert world.root.doors() == []
    assert counted(world).commands["breakout.room.create", "success"] == 1


async def test_flusher_counts_frames_and_ticks_apart(world: World) -> None:
    olga, ann = await world.staff(), await world.connect("ann")
    room_id = await world.room(olga)
    await ann.ask("room.join", roomId=room_id)
    await olga.ask("timer.start", roomId=room_id, durationSeconds=60)
    before = world.root.frames
    await world.pass_seconds(10)
    after = world.root.frames
    assert after.ticks - before.ticks == len(ann.pushes("timer.tick")) >= 9


async def test_lateness_of_a_deadline_is_noted_by_the_actor_that_served_it(world: World) -> None:
    olga = await world.staff()
    room_id = await world.room(olga)
    await olga.ask("timer.start", roomId=room_id, durationSeconds=60)
    await world.pass_seconds(61)
    (room,) = world.runner.children.statistics()
    assert room.mailbox is not None
    assert 0 <= room.mailbox.high_late_seconds < 0.01
