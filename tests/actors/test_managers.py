"""Several managers at once: one outcome, which all of them see; and what a recall sums up for them."""

from typing import Any

import pytest

from tests.actors.harness import Client, World
from tests.actors.mishap import batches_of, killed_after, seats


async def _two(world: World) -> tuple[Client, Client, str]:
    """Olga and Oscar, both staff, and a room with Ann inside."""
    olga, oscar, ann = await world.staff(), await world.staff("oscar"), await world.connect("ann")
    blue = await world.room(olga)
    await ann.ask("room.join", roomId=blue)
    await world.windows()
    return olga, oscar, blue


async def _at_once(world: World, *commands: tuple[Client, str, dict[str, Any]]) -> list[dict[str, Any]]:
    sent = [(client, client.send(event, **data)) for client, event, data in commands]
    await world.settle()
    return [client.reply(envelope_id) or {} for client, envelope_id in sent]


ON_A_ROOM: list[tuple[str, dict[str, Any]]] = [
    ("room.update", {"name": "New"}),
    ("room.join", {}),
    ("room.close", {}),
    ("timer.start", {"durationSeconds": 60}),
    ("timer.extend", {"seconds": 60}),
    ("timer.pause", {}),
    ("timer.stop", {}),
    ("participant.move", {"userId": "ben"}),
]


@pytest.mark.parametrize(("event", "data"), ON_A_ROOM, ids=[event for event, _ in ON_A_ROOM])
async def test_command_on_a_room_that_has_changed_meanwhile_conflicts(world: World, event: str, data: dict[str, Any]) -> None:
    olga, oscar, blue = await _two(world)
    await world.connect("ben")
    if event in ("timer.extend", "timer.pause", "timer.stop"):
        await olga.ask("timer.start", roomId=blue, durationSeconds=60)
    seen = world.room_state(blue).revision
    await oscar.ask("room.update", roomId=blue, topic="changed")
    before = world.room_state(blue)
    refused = await olga.refused(event, roomId=blue, expectedRevision=seen, **data)
    assert (refused["code"], refused["details"]) == ("conflict", {"revision": seen + 1})
    assert world.room_state(blue) == before
    await olga.ask(event, roomId=blue, expectedRevision=seen + 1, **data)


async def test_managers_who_change_a_room_at_once_under_one_revision_leave_one_winner(world: World) -> None:
    olga, oscar, blue = await _two(world)
    seen = world.room_state(blue).revision
    first, second = await _at_once(
        world,
        (olga, "room.update", {"roomId": blue, "name": "Olga's", "expectedRevision": seen}),
        (oscar, "room.update", {"roomId": blue, "name": "Oscar's", "expectedRevision": seen}),
    )
    assert first["success"]
    assert second["error"]["code"] == "conflict"
    await world.windows()
    for client in (olga, oscar):
        [card] = client.pushes("rooms.updated")[-1]["rooms"]
        assert card["name"] == "Olga's"


async def test_managers_who_press_the_same_button_at_once_see_one_outcome(world: World) -> None:
    olga, oscar, blue = await _two(world)
    await olga.ask("timer.start", roomId=blue, durationSeconds=60)
    timers = await _at_once(world, *((client, "timer.start", {"roomId": blue}) for client in (olga, oscar)))
    assert [reply["error"]["code"] for reply in timers] == ["timer_running", "timer_running"]
    recalls = await _at_once(world, *((client, "all.recall", {"graceSeconds": 60}) for client in (olga, oscar)))
    assert recalls[0]["success"]
    assert recalls[1]["error"]["details"] == {"recallId": recalls[0]["data"]["recallId"]}
    cancels = await _at_once(
        world, *((client, "recall.cancel", {"recallId": recalls[0]["data"]["recallId"]}) for client in (olga, oscar))
    )
    assert [reply["success"] for reply in cancels] == [True, False]
    closes = await _at_once(world, *((client, "room.close", {"roomId": blue}) for client in (olga, oscar)))
    assert [reply["success"] for reply in closes] == [True, False]
    for client in (olga, oscar):
        assert [push["roomId"] for push in client.pushes("room.closed")] == [blue]
    reopened = await _at_once(world, *((client, "room.reopen", {"roomId": blue}) for client in (olga, oscar)))
    assert [reply["success"] for reply in reopened] == [True, False]
    assert seats(world) == {"ann": [blue]}


@pytest.mark.parametrize("submissions", [0, 1, 2, 3])
async def test_extension_of_all_timers_sent_again_after_a_kill_extends_once(submissions: int) -> None:
    async def prepare(world: World) -> tuple[Client, list[str]]:
        staff = await world.staff()
        rooms = [await world.room(staff) for _ in range(3)]
        for room_id in rooms:
            await staff.ask("timer.start", roomId=room_id, durationSeconds=600)
        return staff, rooms

    def act(prepared: tuple[Client, list[str]]) -> None:
        prepared[0].send("timer.extendAll", key="once", seconds=60)

    async with killed_after(submissions, prepare, act) as (world, (_, rooms)):
        staff = await world.staff()
        assert await staff.ask("timer.extendAll", key="once", seconds=60) == {"roomIds": rooms}
        lengths = [world.room_state(room_id).countdown.duration_seconds for room_id in rooms]
        assert lengths == [660, 660, 660]
        assert len(batches_of(world.store, "breakout.timer.extendAll")) == 1


# receipts


async def test_recall_sums_up_the_delays_of_its_receipts(world: World) -> None:
    staff = await world.staff()
    blue = await world.room(staff, maxParticipants=200)
    crowd = [await world.connect(f"p{n:03}") for n in range(100)]
    for client in crowd:
        await client.ask("room.join", roomId=blue)
    recall = await staff.ask("all.recall", graceSeconds=5)
    assert recall["expected"] == 100
    staff.forget()
    for client in crowd:
        await world.pass_seconds(0.1)
        client.send("recall.ack", recallId=recall["recallId"])
    await world.windows()
    *_, last = staff.pushes("recall.progress")
    assert (last["acknowledged"], last["missing"]) == (100, [])
    assert "completedAt" in last
    assert last["delayP50Ms"] == pytest.approx(5000, abs=100)
    assert last["delayP99Ms"] == pytest.approx(9900, abs=150)
    assert last["delayMaxMs"] == pytest.approx(10_000, abs=150)
    assert last["delayP50Ms"] < last["delayP99Ms"] < last["delayMaxMs"]


async def test_progress_names_the_first_hundred_who_are_missing(world: World) -> None:
    staff = await world.staff()
    blue = await world.room(staff, maxParticipants=200)
    for n in range(103):
        client = await world.connect(f"p{n:03}")
        client.send("room.join", roomId=blue)
    await world.settle()
    await staff.ask("all.recall", graceSeconds=5)
    await world.windows()
    progress = staff.pushes("recall.progress")[-1]
    assert progress["expected"] == 103
    assert progress["missing"] == [f"p{n:03}" for n in range(100)]
    assert not {"completedAt", "delayP50Ms", "cancelled"} & set(progress)


async def test_invited_people_stay_until_they_leave_and_the_recall_ends_with_the_last_receipt(world: World) -> None:
    staff, _, blue = await _two(world)
    back = await world.connect("ann")
    recall = await staff.ask("all.recall", graceSeconds=60, mode="invited")
    [invited] = back.pushes("recalled")
    assert (invited["mode"], invited["reason"], invited["returnAt"]) == ("invited", "recall", recall["returnAt"])
    assert seats(world) == {"ann": [blue]}
    await back.ask("room.leave")
    await back.ask("recall.ack", recallId=recall["recallId"])
    await world.windows()
    assert "completedAt" in staff.pushes("recall.progress")[-1]
    assert world.room_state(blue).open
