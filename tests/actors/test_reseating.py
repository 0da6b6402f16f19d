"""Seat changes that go wrong in the middle: one seat at most, nobody lost, all of it or nothing."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from actors.reseating import MAX_WAITING
from tests.actors.harness import World
from tests.actors.mishap import batches_of, killed_after, never_in_two_rooms, rosters, seats
from tests.actors.scene import EVENTS, PEOPLE, Scene, set_scene


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("submissions", [0, 1, 2, 3])
async def test_process_killed_in_the_middle_leaves_all_of_it_or_nothing(submissions: int, event: str) -> None:
    def act(scene: Scene) -> None:
        name, data = scene.commands()[event]
        scene.staff.send(name, key="once", **data)

    async with killed_after(submissions, set_scene, act) as (world, scene):
        assert sorted(world.runner.feed.seat_of) == sorted(PEOPLE)
        assert seats(world) == (scene.before() if submissions == 0 else scene.after(event))


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("submissions", [0, 1, 2])
async def test_command_sent_again_after_a_kill_is_done_once(submissions: int, event: str) -> None:
    def act(scene: Scene) -> None:
        name, data = scene.commands()[event]
        scene.staff.send(name, key="once", **data)

    async with killed_after(submissions, set_scene, act) as (world, scene):
        staff = await world.staff()
        name, data = scene.commands()[event]
        await staff.ask(name, key="once", **data)
        assert seats(world) == scene.after(event)
        assert len(batches_of(world.store, f"breakout.{event}")) == 1


async def test_swap_with_a_room_that_is_being_restarted_is_refused_and_changes_nothing(world: World) -> None:
    scene = await set_scene(world)
    world.store.auto_commit = False
    scene.staff.send("chat.send", text="what the store has to wait for", roomId=scene.blue)
    await world.settle()
    await world.crash(scene.red)
    sent = scene.staff.send("participants.swap", userIds=["ann", "ben"])
    await world.settle()
    world.store.commit()
    await world.settle()
    assert (scene.staff.reply(sent) or {})["error"]["code"] == "room_unavailable"
    assert seats(world) == scene.before()


async def test_swap_over_a_room_that_closes_meanwhile_ends_as_if_it_closed_afterwards(world: World) -> None:
    scene = await set_scene(world)
    closing = scene.staff.send("room.close", roomId=scene.red)
    swapping = scene.staff.send("participants.swap", userIds=["ann", "ben"])
    await world.settle()
    assert (scene.staff.reply(closing) or {})["success"]
    assert scene.staff.reply(swapping) is not None
    assert all(len(rooms) == 1 for rooms in seats(world).values())
    assert scene.red not in world.runner.feed.seat_of.values()


async def test_changes_of_many_seats_are_made_one_after_the_other_and_bounded(world: World) -> None:
    scene = await set_scene(world)
    done: list[int] = []
    order = world.runner.supervisor._actor_weakref()._parts.organizing
    reseater, answering = order.reseater, order.answering
    for n in range(MAX_WAITING + 1):
        target = (scene.red, scene.blue)[n % 2]
        whole = _order(answering)
        reseater.start(whole, _to(target), _noted(done, n))
    with pytest.raises(Exception, match="try again"):
        reseater.require_place()
    await world.settle()
    reseater.require_place()
    assert done == list(range(MAX_WAITING + 1))
    assert seats(world)["ann"] == [scene.red]


def _order(answering: Any) -> Any:
    from actors.messages import Order

    return Order(None, "breakout.participant.move", answering.new_id())


def _to(target: str) -> Callable[[], dict[str, str | None]]:
    return lambda: {"ann": target}


def _noted(done: list[int], n: int) -> Callable[[Any], None]:
    return lambda _outcome: done.append(n)


@pytest.mark.parametrize("seed", range(12))
async def test_watcher_never_sees_anybody_in_two_rooms_over_random_changes(world: World, seed: int) -> None:
    random, scene = Random(seed), await set_scene(world)
    before = await rosters(scene.staff)
    scene.staff.forget()
    rooms = [scene.blue, scene.red, scene.green]
    for _ in range(40):
        kind = random.random()
        if kind < 0.3:
            scene.staff.send("participant.move", userId=random.choice(PEOPLE), roomId=random.choice([*rooms, None]))
        elif kind < 0.5:
            scene.staff.send("participants.swap", userIds=random.sample(PEOPLE, 2))
        elif kind < 0.7:
            scene.staff.send("assignments.apply", strategy="random", roomIds=random.sample(rooms, 2))
        elif kind < 0.9:
            scene.people[random.choice(PEOPLE)].send("room.join", roomId=random.choice(rooms))
        else:
            await world.pass_seconds(random.choice((0.0, 0.05, 0.2)))
        if random.random() < 0.5:
            await world.settle()
        assert all(len(found) == 1 for found in seats(world).values()) or world.runner.feed._holds
    await world.windows()
    assert never_in_two_rooms(scene.staff, before) == []
    assert all(len(found) == 1 for found in seats(world).values())
