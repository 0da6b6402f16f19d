"""Seat changes that go wrong in the middle: one seat at most, nobody lost, all of it or nothing."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from attrs import frozen

from actors.reseating import MAX_WAITING
from breakout.room_commands import Admit, Release, Reseat
from tests.actors.harness import Client, World
from tests.actors.mishap import batches_of, die_at, killed_after, never_in_two_rooms, rosters, seats

PEOPLE = ("ann", "ben", "cleo", "dan")


@frozen(eq=False)
class Scene:
    """Staff; Ann and Cleo in Blue, Ben and Dan in Red; a third room is empty."""

    staff: Client
    people: dict[str, Client]
    blue: str
    red: str
    green: str

    def commands(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """The three ways in which staff change seats, by event."""
        cross = [("ann", self.red), ("cleo", self.green), ("ben", self.blue), ("dan", self.green)]
        return {
            "participant.move": ("participant.move", {"userId": "ann", "roomId": self.red}),
            "participants.swap": ("participants.swap", {"userIds": ["ann", "ben"]}),
            "assignments.apply": (
                "assignments.apply",
                {"strategy": "manual", "assignments": [{"userId": i, "roomId": room_id} for i, room_id in cross]},
            ),
        }

    def after(self, event: str) -> dict[str, list[str]]:
        """Who sits where once the command is carried out."""
        return {
            "participant.move": {**self.before(), "ann": [self.red]},
            "participants.swap": {**self.before(), "ann": [self.red], "ben": [self.blue]},
            "assignments.apply": {"ann": [self.red], "cleo": [self.green], "ben": [self.blue], "dan": [self.green]},
        }[event]

    def before(self) -> dict[str, list[str]]:
        return {"ann": [self.blue], "cleo": [self.blue], "ben": [self.red], "dan": [self.red]}


EVENTS = ("participant.move", "participants.swap", "assignments.apply")


async def _scene(world: World) -> Scene:
    staff = await world.staff()
    people = {user_id: await world.connect(user_id) for user_id in PEOPLE}
    blue, red, green = [await world.room(staff, name) for name in ("Blue", "Red", "Green")]
    for user_id, room_id in (("ann", blue), ("cleo", blue), ("ben", red), ("dan", red)):
        await people[user_id].ask("room.join", roomId=room_id)
    await world.windows()
    staff.forget()
    return Scene(staff, people, blue, red, green)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("submissions", [0, 1, 2, 3])
async def test_process_killed_in_the_middle_leaves_all_of_it_or_nothing(submissions: int, event: str) -> None:
    def act(scene: Scene) -> None:
        name, data = scene.commands()[event]
        scene.staff.send(name, key="once", **data)

    async with killed_after(submissions, _scene, act) as (world, scene):
        assert sorted(world.runner.feed.seat_of) == sorted(PEOPLE)
        assert seats(world) == (scene.before() if submissions == 0 else scene.after(event))


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("submissions", [0, 1, 2])
async def test_command_sent_again_after_a_kill_is_done_once(submissions: int, event: str) -> None:
    def act(scene: Scene) -> None:
        name, data = scene.commands()[event]
        scene.staff.send(name, key="once", **data)

    async with killed_after(submissions, _scene, act) as (world, scene):
        staff = await world.staff()
        name, data = scene.commands()[event]
        await staff.ask(name, key="once", **data)
        assert seats(world) == scene.after(event)
        assert len(batches_of(world.store, f"breakout.{event}")) == 1


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("room", ["blue", "red"])
@pytest.mark.parametrize("kind", [Admit, Release, Reseat])
@pytest.mark.parametrize("afterwards", [False, True])
async def test_room_that_dies_in_the_middle_leaves_one_seat_at_most_and_nobody_lost(
    world: World, event: str, room: str, kind: type, afterwards: bool
) -> None:
    scene = await _scene(world)
    die_at(world, getattr(scene, room), kind, afterwards=afterwards)
    name, data = scene.commands()[event]
    sent = scene.staff.send(name, **data)
    await world.settle()
    await world.windows()
    assert scene.staff.reply(sent) is not None
    assert all(len(rooms) == 1 for rooms in seats(world).values())
    state = await scene.staff.state()
    shown = [p["userId"] for people in state["participants"].values() for p in people]
    lobby = [member["userId"] for member in state["lobby"] if not member["staff"]]
    assert sorted(shown + lobby) == sorted(PEOPLE)
    assert not world.runner.feed._holds
    for user_id, client in scene.people.items():
        assert await client.room_id() == seats(world).get(user_id, [None])[0]
        await client.ask("room.join", roomId=scene.green)


async def test_swap_says_so_when_a_room_died_over_it(world: World) -> None:
    scene = await _scene(world)
    die_at(world, scene.red, Reseat, afterwards=False)
    assert (await scene.staff.refused("participants.swap", userIds=["ann", "ben"]))["code"] == "internal"


async def test_swap_with_a_room_that_is_being_restarted_is_refused_and_changes_nothing(world: World) -> None:
    scene = await _scene(world)
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
    scene = await _scene(world)
    closing = scene.staff.send("room.close", roomId=scene.red)
    swapping = scene.staff.send("participants.swap", userIds=["ann", "ben"])
    await world.settle()
    assert (scene.staff.reply(closing) or {})["success"]
    assert scene.staff.reply(swapping) is not None
    assert all(len(rooms) == 1 for rooms in seats(world).values())
    assert scene.red not in world.runner.feed.seat_of.values()


async def test_changes_of_many_seats_are_made_one_after_the_other_and_bounded(world: World) -> None:
    scene = await _scene(world)
    done: list[int] = []
    order = world.runner.supervisor._actor_weakref()._parts.organizing
    reseater, answering = order.reseater, order.answering
    for n in range(MAX_WAITING + 1):
        target = (scene.red, scene.blue)[n % 2]
        whole = _order(answering)
        reseater.start(whole, {"ann": target}, _noted(done, n))
    with pytest.raises(Exception, match="try again"):
        reseater.require_place()
    await world.settle()
    reseater.require_place()
    assert done == list(range(MAX_WAITING + 1))
    assert seats(world)["ann"] == [scene.red]


def _order(answering: Any) -> Any:
    from actors.messages import Order

    return Order(None, "breakout.participant.move", answering.new_id())


def _noted(done: list[int], n: int) -> Callable[[Any], None]:
    return lambda _outcome: done.append(n)


@pytest.mark.parametrize("seed", range(12))
async def test_watcher_never_sees_anybody_in_two_rooms_over_random_changes(world: World, seed: int) -> None:
    random, scene = Random(seed), await _scene(world)
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
