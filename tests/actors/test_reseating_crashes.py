"""A room's actor dies in the middle of a change of seats: all of it or nothing, stored, shown and answered."""

from collections.abc import Callable
from typing import Any

import pytest

from actors.messages import Restart
from breakout import room_decide
from breakout.room_commands import Admit, Release, Reseat
from tests.actors.harness import World
from tests.actors.mishap import (
    WHENS,
    When,
    batches_of,
    die_at,
    keep_back,
    killed_after,
    never_in_two_rooms,
    rosters,
    seats,
)
from tests.actors.scene import EVENTS, PEOPLE, Scene, set_scene

KINDS = {"participant.move": (Admit, Release), "participants.swap": (Reseat,), "assignments.apply": (Reseat,)}
"""The orders that each command gives to rooms."""

DEATHS = [(event, kind) for event in EVENTS for kind in KINDS[event]]


def _send(scene: Scene, event: str) -> str:
    name, data = scene.commands()[event]
    return scene.staff.send(name, key="once", **data)


async def _done(world: World, scene: Scene, sent: str) -> bool:
    """Whether the reply says that it was done."""
    await world.windows()
    reply = scene.staff.reply(sent)
    assert reply is not None
    return bool(reply["success"])


async def _assert_whole(world: World, scene: Scene, event: str, sent: str) -> bool:
    """Assert that all or nothing of the command was stored and shown, as its reply says. Returns whether it was all."""
    done = await _done(world, scene, sent)
    expected = scene.after(event) if done else scene.before()
    assert seats(world) == expected
    assert len(batches_of(world.store, f"breakout.{event}")) == done
    assert not batches_of(world.store, "restore")
    await _assert_shown(scene, expected)
    stored = await world.store.load_session("demo", now=world.root.clock.now())
    assert {room_id: room.state for room_id, room in stored.rooms.items()} == world.runner.feed.rooms
    assert not world.runner.feed._holds
    for client in scene.people.values():
        await client.ask("room.join", roomId=scene.green)
    return done


async def _assert_shown(scene: Scene, expected: dict[str, list[str]]) -> None:
    """Assert that everybody was told of their new seat, if they have one, and of nothing else."""
    for user_id, client in scene.people.items():
        told = [push["roomId"] for push in client.pushes("participant.seated")]
        assert told == (expected[user_id] if expected[user_id] != scene.before()[user_id] else [])
        assert await client.room_id() == expected[user_id][0]
    assert never_in_two_rooms(scene.staff, scene.shown) == []
    rooms = {room_id: sorted(i for i, [seat] in expected.items() if seat == room_id) for room_id in scene.rooms}
    assert await rosters(scene.staff) == rooms


def _keep_busy(scene: Scene, room_id: str) -> None:
    """Let the room come to what it is told next only when others have long done their part, or died."""
    for number in range(200):
        scene.staff.send("chat.send", text=f"text {number}", roomId=room_id)


@pytest.mark.parametrize("late", ["", "blue", "red"])
@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize("room", ["blue", "red"])
@pytest.mark.parametrize("death", DEATHS, ids=lambda death: f"{death[0]} {death[1].__name__}")
async def test_room_that_dies_over_its_part_leaves_all_of_the_change_or_nothing(
    world: World, death: tuple[str, type], room: str, when: When, late: str
) -> None:
    scene, (event, kind) = await set_scene(world), death
    if late:
        _keep_busy(scene, getattr(scene, late))
    die_at(world, getattr(scene, room), kind, when)
    sent = _send(scene, event)
    done = await _assert_whole(world, scene, event, sent)
    assert done or (event, kind, when) == ("participant.move", Admit, When.BEFORE)


@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize("event", ["participants.swap", "assignments.apply"])
async def test_rooms_that_die_one_and_all_leave_all_of_the_change(world: World, event: str, when: When) -> None:
    scene = await set_scene(world)
    for room_id in scene.rooms:
        die_at(world, room_id, Reseat, when)
    assert await _assert_whole(world, scene, event, _send(scene, event))


@pytest.mark.parametrize("ordered", [False, True], ids=["bug", "operator"])
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("dying", ["blue", "red"])
async def test_room_that_dies_before_it_comes_to_its_part_leaves_all_of_the_change_or_nothing(
    world: World, event: str, dying: str, ordered: bool
) -> None:
    scene = await set_scene(world)
    _keep_busy(scene, getattr(scene, dying))
    world.runner.children.tell(getattr(scene, dying), Restart() if ordered else "a message no room understands")
    sent = _send(scene, event)
    done = await _assert_whole(world, scene, event, sent)
    assert done or (event, dying) == ("participant.move", "red")


@pytest.mark.parametrize("event", EVENTS)
async def test_death_of_another_room_does_not_halve_a_change(world: World, event: str) -> None:
    scene = await set_scene(world)
    _keep_busy(scene, scene.blue)
    grey = await world.room(scene.staff, "Grey")
    scene.staff.forget()
    sent = _send(scene, event)
    world.break_room(grey)
    assert await _done(world, scene, sent)
    assert seats(world) == scene.after(event)
    assert len(batches_of(world.store, f"breakout.{event}")) == 1
    assert scene.staff.pushes("room.restored") == [{"roomId": grey}]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("submissions", range(6))
@pytest.mark.parametrize("room", ["blue", "red"])
async def test_process_killed_after_a_room_died_in_the_middle_leaves_all_of_it_or_nothing(
    submissions: int, event: str, room: str
) -> None:
    async def prepare(world: World) -> Scene:
        scene = await set_scene(world)
        die_at(world, getattr(scene, room), KINDS[event][-1], When.BEFORE)
        return scene

    async with killed_after(submissions, prepare, lambda scene: _send(scene, event)) as (world, scene):
        assert seats(world) in (scene.before(), scene.after(event))
        assert sorted(world.runner.feed.seat_of) == sorted(PEOPLE)


async def test_swap_over_a_room_that_nobody_can_reseat_does_not_happen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = await set_scene(world)
    decide = room_decide.DECISIONS[Reseat]

    def failing(state: Any, *rest: Any) -> Any:
        if state.id == scene.red:
            raise ZeroDivisionError
        return decide(state, *rest)

    with monkeypatch.context() as patch:
        patch.setitem(room_decide.DECISIONS, Reseat, failing)
        sent = _send(scene, "participants.swap")
        await world.pass_seconds(3)
    assert (scene.staff.reply(sent) or {})["error"]["code"] == "storage_unavailable"
    assert seats(world) == scene.before()
    assert not batches_of(world.store, "breakout.participants.swap")
    assert not [push for client in scene.people.values() for push in client.pushes("participant.seated")]
    await scene.staff.ask("participants.swap", key="once", userIds=["ann", "ben"])


async def test_speech_of_somebody_swapped_out_of_a_dead_room_is_counted(world: World) -> None:
    scene = await set_scene(world)
    await scene.people["ben"].ask("speaking.start")
    await world.pass_seconds(7)
    die_at(world, scene.red, Reseat, When.BEFORE)
    await scene.staff.ask("participants.swap", userIds=["ann", "ben"])
    assert world.room_state(scene.red).spoken == {"ben": 7}


async def test_swap_ends_as_if_it_came_first_where_its_room_fails_for_good(world: World) -> None:
    scene = await set_scene(world)
    for _ in range(3):
        await world.crash(scene.red)
    die_at(world, scene.red, Reseat, When.BEFORE)
    await scene.staff.ask("participants.swap", userIds=["ann", "ben"])
    await world.windows()
    assert seats(world) == {"ben": [scene.blue], "cleo": [scene.blue]}
    assert [push["roomId"] for push in scene.people["ann"].pushes("participant.seated")] == [scene.red, None]


async def test_swap_that_waits_while_one_of_the_two_walks_away_is_refused_and_changes_nothing(world: World) -> None:
    scene = await set_scene(world)
    go_on = await _assign_dan(world, scene)
    swapping = scene.staff.send("participants.swap", userIds=["ann", "ben"])
    scene.people["ann"].send("room.leave")
    await world.settle()
    go_on()
    await world.windows()
    assert (scene.staff.reply(swapping) or {})["error"]["code"] == "not_in_room"
    assert seats(world) == {"ben": [scene.red], "cleo": [scene.blue], "dan": [scene.green]}


async def test_two_managers_whose_swap_waits_for_another_change_swap_once(world: World) -> None:
    scene = await set_scene(world)
    go_on = await _assign_dan(world, scene)
    first, second = [scene.staff.send("participants.swap", userIds=["ann", "ben"]) for _ in range(2)]
    await world.settle()
    go_on()
    await world.windows()
    assert (scene.staff.reply(first) or {})["success"]
    assert (scene.staff.reply(second) or {})["error"]["code"] == "conflict"
    assert seats(world) == {**scene.after("participants.swap"), "dan": [scene.green]}
    assert len(batches_of(world.store, "breakout.participants.swap")) == 1


async def test_swap_with_staff_whose_room_somebody_is_about_to_fill_is_refused_and_changes_nothing(world: World) -> None:
    scene = await set_scene(world)
    await scene.staff.ask("room.join", roomId=scene.green)
    await scene.staff.ask("room.update", roomId=scene.green, maxParticipants=1)
    joining = scene.people["dan"].send("room.join", roomId=scene.green)
    swapping = scene.staff.send("participants.swap", userIds=["olga", "ann"])
    await world.windows()
    assert (scene.people["dan"].reply(joining) or {})["success"]
    assert (scene.staff.reply(swapping) or {})["error"]["code"] == "room_full"
    assert seats(world) == {**scene.before(), "dan": [scene.green], "olga": [scene.green]}


async def test_people_whose_room_is_being_read_back_stay_where_they_are_over_an_assignment(world: World) -> None:
    scene = await set_scene(world)
    world.store.auto_commit = False
    scene.staff.send("room.update", roomId=scene.green, name="what the store has to wait for")
    await world.crash(scene.red)
    cross = {"ann": scene.red, "ben": scene.blue, "cleo": scene.green}
    placements = [{"userId": user_id, "roomId": room_id} for user_id, room_id in cross.items()]
    sent = scene.staff.send("assignments.apply", strategy="manual", assignments=placements)
    await world.settle()
    world.store.auto_commit = True
    world.store.commit()
    await world.windows()
    reply = scene.staff.reply(sent) or {}
    assert reply["data"]["unplaced"] == ["ann", "ben"]
    assert seats(world) == {**scene.before(), "cleo": [scene.green]}
    assert not scene.people["ann"].pushes("participant.seated")


async def _assign_dan(world: World, scene: Scene) -> Callable[[], None]:
    """An assignment of Dan to Green is under way, and ends when what is returned is called."""
    go_on = keep_back(world, scene.green, Reseat)
    scene.staff.send("assignments.apply", strategy="manual", assignments=[{"userId": "dan", "roomId": scene.green}])
    await world.settle()
    return go_on
