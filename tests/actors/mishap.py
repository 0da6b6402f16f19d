"""Things that go wrong in the middle: a room that dies at a certain order, a process that is killed after so many submissions."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any

import pytest

from breakout.ports import Change
from tests.actors.harness import Client, World, world_over
from tests.fakes.memory_store import MemoryStore


class MortalStore(MemoryStore):
    """A store whose process dies after `submissions_left` more submissions: what comes later never reaches it."""

    submissions_left: int | None = None

    def submit_together(self, changes: Sequence[tuple[Change, Callable[[int | None], None]]]) -> None:
        if self.submissions_left is not None:
            if self.submissions_left == 0:
                return
            self.submissions_left -= 1
        super().submit_together(changes)


class When(Enum):
    """When a room's actor dies of an order."""

    BEFORE = "before it is carried out"
    UNREPORTED = "when it is carried out and before that is known"
    REPORTED = "when it is carried out and that is known"


WHENS = tuple(When)


def die_at(world: World, room_id: str, kind: type, when: When) -> None:
    """The room's actor dies of the next order of this kind."""
    actor: Any = world.runner.children._children[room_id].ref._actor_weakref()
    perform, emit = actor._perform, world.runner.feed.emit

    def dying(order: Any) -> None:
        if not isinstance(order.command, kind):
            perform(order)
        elif when is When.BEFORE:
            raise RuntimeError(f"died of {kind.__name__}")
        elif when is When.REPORTED:
            perform(order)
            world.break_room(room_id)
        else:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(world.runner.feed, "emit", emit_and_die)
                perform(order)

    def emit_and_die(step: Any) -> None:
        emit(step)
        raise RuntimeError(f"died of {kind.__name__}")

    actor._perform = dying


def keep_back(world: World, room_id: str, kind: type) -> Callable[[], None]:
    """The room leaves orders of this kind undone until what is returned is called."""
    ref: Any = world.runner.children._children[room_id].ref
    actor, kept = ref._actor_weakref(), list[Any]()
    perform = actor._perform
    actor._perform = lambda order: kept.append(order) if isinstance(order.command, kind) else perform(order)

    def go_on() -> None:
        actor._perform = perform
        for order in kept:
            ref.tell(order)

    return go_on


def seats(world: World) -> dict[str, list[str]]:
    """In which rooms each person has a seat, as the actors have decided."""
    found: dict[str, list[str]] = {}
    for room in world.runner.feed.rooms.values():
        for user_id in room.seats:
            found.setdefault(user_id, []).append(room.id)
    return found


def batches_of(store: MemoryStore, cause: str) -> list[int]:
    """The numbers of the batches that hold changes of this cause with entries."""
    return [n for n, batch in enumerate(store.batches) if any(change.cause == cause and change.entries for change in batch)]


def never_in_two_rooms(watcher: Client, before: dict[str, list[str]]) -> list[str]:
    """What is wrong with the roster differences a watcher got, starting from the rosters `before`; empty when nothing is."""
    rosters = {room_id: set(people) for room_id, people in before.items()}
    faults = []
    for push in watcher.pushes("participants.update"):
        room = rosters.setdefault(push["roomId"], set())
        room |= {participant["userId"] for participant in push["joined"]}
        room -= set(push["left"])
        people = [user_id for members in rosters.values() for user_id in members]
        faults += [f"{i} in two rooms" for i in sorted(set(people)) if people.count(i) > 1]
    return faults


async def rosters(client: Client) -> dict[str, list[str]]:
    """Who sits in which open room, as this member of staff sees it."""
    state = await client.state()
    return {room_id: sorted(p["userId"] for p in people) for room_id, people in state["participants"].items()}


@asynccontextmanager
async def killed_after(
    submissions: int, prepare: Callable[[World], Any], act: Callable[[Any], Any]
) -> AsyncIterator[tuple[World, Any]]:
    """Prepare a session, act while the process dies after so many submissions, and start it again over the same store."""
    store = MortalStore()
    async with world_over(store) as world:
        prepared = await prepare(world)
        clock = world.root.clock
        store.submissions_left = submissions
        act(prepared)
        await world.settle()
        store.lose_waiting()
    store.submissions_left = None
    async with world_over(store, clock=clock) as reborn:
        yield reborn, prepared
