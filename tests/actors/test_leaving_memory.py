"""A session that sleeps is gone at once: nothing of it waits for the garbage collector, which comes round rarely."""

import logging
import weakref
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import trio

from actors._runtime import TrioActor
from actors.messages import Order, RestartRoom
from actors.session_runner import ActorSettings
from breakout.contract.commands import UpdateRoom
from breakout.contract.table import COMMANDS, CommandSpec
from breakout.errors import StorageUnavailable
from tests.actors.harness import World
from tests.actors.house import make_house, ready
from tests.fakes.collector import no_collections

IDLE_SECONDS = ActorSettings().session_idle_seconds
LONG_SECONDS = 3_900
"""Every timer and recall of the house ends, and every seat is given up."""


def parts_of(world: World) -> dict[str, weakref.ref[Any]]:
    """What hangs together in a session: its runner, its feed and its actors."""
    runner = world.runner
    children = runner.children._children
    actors = [runner.supervisor, *(child.ref for child in children.values() if child.ref is not None)]
    found: dict[str, weakref.ref[Any]] = {"runner": weakref.ref(runner), "feed": weakref.ref(runner.feed)}
    for ref in actors:
        actor = ref._actor_weakref()
        if isinstance(actor, TrioActor):
            found[actor.label] = weakref.ref(actor)
    return found


async def put_to_sleep(world: World) -> None:
    for connection in list(world.door.connections):
        world.door.disconnect(connection)
    await world.pass_seconds(LONG_SECONDS)
    await world.pass_seconds(IDLE_SECONDS + 10)
    assert world.root.statistics().sessions == 0
    await trio.testing.wait_all_tasks_blocked()


@pytest.mark.parametrize("spec", COMMANDS, ids=[spec.event.removeprefix("breakout.") for spec in COMMANDS])
async def test_session_leaves_memory_after_any_command(world: World, spec: CommandSpec) -> None:
    caller = await world.connect("caller", role="MODERATOR")
    house = await make_house(world, caller)
    with no_collections():
        await caller.ask(spec.event.removeprefix("breakout."), **await ready(spec, house, caller))
        parts = parts_of(world)
        assert len(parts) > 4
        await put_to_sleep(world)
        assert [name for name, part in parts.items() if part() is not None] == []


def _crash_a_room(world: World, room_id: str) -> None:
    world.break_room(room_id)


def _restart_a_room(world: World, room_id: str) -> None:
    world.runner.supervisor.tell(RestartRoom(room_id))


def _crash_the_supervisor(world: World, room_id: str) -> None:
    world.runner.supervisor.tell("a message that no supervisor understands")


def _fail_a_commit(world: World, room_id: str) -> None:
    world.store.fail_next()
    world.runner.children.tell(room_id, Order(UpdateRoom(room_id, name="Red"), "test", "c1"))


@pytest.mark.parametrize("mishap", [_crash_a_room, _restart_a_room, _crash_the_supervisor, _fail_a_commit])
async def test_what_failed_leaves_memory(
    world: World, mishap: Callable[[World, str], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "pykka")  # pytest keeps what is logged, and with it the frames that failed
    staff = await world.staff()
    room_id = await world.room(staff)
    with no_collections():
        before = parts_of(world)
        mishap(world, room_id)
        await world.pass_seconds(30)
        assert before[room_id]() is None
        after = parts_of(world)
        assert after[room_id]() is not before[room_id]()
        await put_to_sleep(world)
        assert [name for name, part in [*before.items(), *after.items()] if part() is not None] == []


@pytest.mark.parametrize(
    ("read", "event", "data"),
    [("journal_page", "history.list", {}), ("attendance_rows", "assignments.preview", {"strategy": "rotate"})],
)
async def test_session_leaves_memory_after_the_store_failed_it(
    world: World, monkeypatch: pytest.MonkeyPatch, read: str, event: str, data: dict[str, Any]
) -> None:
    async def fail(*_: object) -> object:
        raise StorageUnavailable

    async def fail_row_by_row(*_: object) -> AsyncIterator[object]:
        yield await fail()

    staff = await world.staff()
    await world.room(staff)
    with no_collections():
        parts = parts_of(world)
        with monkeypatch.context() as patch:
            patch.setattr(world.store, read, fail_row_by_row if read == "attendance_rows" else fail)
            assert (await staff.refused(event, **data))["code"] == "storage_unavailable"
        await put_to_sleep(world)
        assert [name for name, part in parts.items() if part() is not None] == []
