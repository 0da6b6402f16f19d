"""Who speaks: on several devices, over vanishing ones, until the seat or the room ends; and what it sums up to."""

from collections import Counter
from random import Random

import pytest

from tests.actors.harness import Client, World, world_over


async def _inside(world: World) -> tuple[Client, Client, Client, str, str]:
    """Staff; Ann and Ben in Blue; Red is empty."""
    staff, ann, ben = await world.staff(), await world.connect("ann"), await world.connect("ben")
    blue, red = await world.room(staff, "Blue"), await world.room(staff, "Red")
    await ann.ask("room.join", roomId=blue)
    await ben.ask("room.join", roomId=blue)
    await world.windows()
    return staff, ann, ben, blue, red


async def _shown(staff: Client, user_id: str) -> tuple[bool, int]:
    """Whether somebody speaks and for how long they have, as the roster shows it."""
    participants = (await staff.state())["participants"].values()
    [found] = [p for people in participants for p in people if p["userId"] == user_id]
    return found["speaking"], found["speakingTimeSeconds"]


async def _attended(world: World) -> Counter[tuple[str, str]]:
    """Seconds spoken per person and room, as the attendance has them."""
    sums: Counter[tuple[str, str]] = Counter()
    async for stay in world.store.attendance_rows("demo"):
        sums[stay.user_id, stay.room_id] += stay.speaking_seconds
    return sums


async def test_speech_is_shown_to_the_room_and_summed(world: World) -> None:
    staff, ann, ben, *_ = await _inside(world)
    ben.forget()
    assert await ann.ask("speaking.start") == {"speakingTimeSeconds": 0}
    await world.pass_seconds(10)
    assert await _shown(staff, "ann") == (True, 0)
    assert await ann.ask("speaking.stop") == {"speakingTimeSeconds": 10}
    await world.windows()
    changed = [p for push in ben.pushes("participants.update") for p in push["changed"]]
    assert [(p["userId"], p["speaking"], p["speakingTimeSeconds"]) for p in changed] == [("ann", True, 0), ("ann", False, 10)]
    assert await _shown(staff, "ann") == (False, 10)


async def test_overlapping_speech_of_two_devices_counts_once(world: World) -> None:
    staff, ann, *_ = await _inside(world)
    phone = await world.another(ann)
    await ann.ask("speaking.start")
    await world.pass_seconds(5)
    await phone.ask("speaking.start")
    await world.pass_seconds(5)
    assert await ann.ask("speaking.stop") == {"speakingTimeSeconds": 0}
    assert await _shown(staff, "ann") == (True, 0)
    await world.pass_seconds(5)
    assert await phone.ask("speaking.stop") == {"speakingTimeSeconds": 15}


async def test_second_start_of_a_device_and_a_stop_without_a_start_change_nothing(world: World) -> None:
    _, ann, ben, *_ = await _inside(world)
    assert await ben.ask("speaking.stop") == {"speakingTimeSeconds": 0}
    await ann.ask("speaking.start")
    await world.pass_seconds(5)
    await ann.ask("speaking.start")
    await world.pass_seconds(5)
    assert await ann.ask("speaking.stop") == {"speakingTimeSeconds": 10}


async def test_vanished_device_counts_until_it_vanished(world: World) -> None:
    staff, ann, *_ = await _inside(world)
    await ann.ask("speaking.start")
    await world.pass_seconds(20)
    await ann.leave()
    await world.pass_seconds(60)
    assert await _shown(staff, "ann") == (False, 20)


async def test_device_that_vanished_leaves_the_other_speaking(world: World) -> None:
    staff, ann, *_ = await _inside(world)
    phone = await world.another(ann)
    await phone.ask("speaking.start")
    await world.pass_seconds(10)
    await ann.ask("speaking.start")
    await phone.leave()
    await world.pass_seconds(10)
    assert await _shown(staff, "ann") == (True, 0)
    assert await ann.ask("speaking.stop") == {"speakingTimeSeconds": 20}


async def test_device_that_vanishes_right_after_it_began_is_not_left_speaking(world: World) -> None:
    staff, ann, ben, *_ = await _inside(world)
    phone = await world.another(ann)
    await phone.ask("speaking.start")
    await phone.leave()
    await world.windows()
    assert await _shown(staff, "ann") == (False, 0)
    assert ben.pushes("participants.update")[-1]["changed"][0]["speaking"] is False


async def test_start_that_arrives_after_its_device_vanished_begins_nothing(world: World) -> None:
    staff, ann, *_ = await _inside(world)
    phone = await world.another(ann)
    world.door.disconnect(phone.connection)
    await world.settle()
    phone.send("speaking.start")
    await world.settle()
    assert await _shown(staff, "ann") == (False, 0)


@pytest.mark.parametrize("how", ["leave", "move", "kicked"])
async def test_leaving_while_speaking_counts_in_the_room_that_is_left(world: World, how: str) -> None:
    staff, ann, _, blue, red = await _inside(world)
    await ann.ask("speaking.start")
    await world.pass_seconds(30)
    if how == "leave":
        await ann.ask("room.leave")
    elif how == "move":
        await ann.ask("room.join", roomId=red)
        assert await _shown(staff, "ann") == (False, 0)
    else:
        await staff.ask("participant.move", userId="ann", roomId=None)
    await world.pass_seconds(30)
    assert await _attended(world) == {("ann", blue): 30, ("ben", blue): 0, **({("ann", red): 0} if how == "move" else {})}


async def test_room_that_closes_counts_until_its_end(world: World) -> None:
    staff, ann, ben, blue, _ = await _inside(world)
    await ann.ask("speaking.start")
    await ben.ask("speaking.start")
    await world.pass_seconds(15)
    await staff.ask("room.close", roomId=blue)
    assert await _attended(world) == {("ann", blue): 15, ("ben", blue): 15}
    reopened = await staff.ask("room.reopen", roomId=blue)
    assert sorted(reopened["restored"]) == ["ann", "ben"]
    assert await _shown(staff, "ann") == (False, 15)


async def test_swapped_speaker_is_silent_in_the_new_room(world: World) -> None:
    staff, ann, ben, blue, red = await _inside(world)
    await ben.ask("room.join", roomId=red)
    await ann.ask("speaking.start")
    await world.pass_seconds(12)
    await staff.ask("participants.swap", userIds=["ann", "ben"])
    assert await _shown(staff, "ann") == (False, 0)
    assert (await _attended(world))["ann", blue] == 12


async def test_sum_goes_on_over_visits_a_crash_and_a_restart(world: World) -> None:
    staff, ann, _, blue, red = await _inside(world)
    for room_id in (blue, red, blue):
        await ann.ask("room.join", roomId=room_id)
        await ann.ask("speaking.start")
        await world.pass_seconds(10)
        await ann.ask("speaking.stop")
    assert await _shown(staff, "ann") == (False, 20)
    await world.crash(blue)
    assert await _shown(staff, "ann") == (False, 20)
    async with world_over(world.store, clock=world.root.clock) as reborn:
        assert await _shown(await reborn.staff(), "ann") == (False, 20)


async def test_speech_needs_a_seat(world: World) -> None:
    staff, *_ = await _inside(world)
    for event in ("speaking.start", "speaking.stop"):
        assert (await staff.refused(event))["code"] == "not_in_room"


async def test_speech_that_goes_on_is_not_stored_and_its_end_is(world: World) -> None:
    _, ann, *_ = await _inside(world)
    position = world.store.position
    await ann.ask("speaking.start")
    await world.pass_seconds(5)
    assert world.store.position == position
    await ann.ask("speaking.stop")
    assert world.store.position == position + 1


@pytest.mark.parametrize("seed", range(5))
async def test_sums_in_the_roster_equal_those_of_the_attendance(world: World, seed: int) -> None:
    random = Random(seed)
    staff, ann, ben, blue, red = await _inside(world)
    devices = [ann, await world.another(ann), ben]
    for _ in range(60):
        device = random.choice(devices)
        kind = random.choice(["start", "stop", "join", "leave", "swap", "wait", "wait"])
        if kind in ("start", "stop"):
            device.send(f"speaking.{kind}")
        elif kind == "join":
            device.send("room.join", roomId=random.choice([blue, red]))
        elif kind == "leave":
            device.send("room.leave")
        elif kind == "swap":
            staff.send("participants.swap", userIds=["ann", "ben"])
        await world.pass_seconds(random.choice((0.0, 1.0, 3.0)))
    await staff.ask("all.recall", graceSeconds=0)
    await world.pass_seconds(1)
    spoken = {(i, r.id): seconds for r in world.runner.feed.rooms.values() for i, seconds in r.spoken.items()}
    assert {key: seconds for key, seconds in (await _attended(world)).items() if seconds} == spoken
    assert spoken
