"""A worker is told of all who are revoked before it is given anybody, and then of what changes, in order."""

from collections.abc import Callable
from typing import Any

import pytest
import trio
import trio.testing

from gateway.workers.channel import MAX_BYTES, ChannelFull, Message
from gateway.workers.informing import IDS_PER_MESSAGE, RETRY_SECONDS, Informing, UsersChanged


class Other:
    """The worker's end: does what it is told when `answer` is called."""

    def __init__(self) -> None:
        self.revoked: set[str] = set()
        self.messages: list[Message] = []
        self.full = 0

    async def send(self, message: Message) -> None:
        await trio.lowlevel.checkpoint()
        if self.full:
            self.full -= 1
            raise ChannelFull
        self.messages.append(message)
        changed = UsersChanged.of(message)
        self.revoked |= set(changed.revoked)
        self.revoked -= set(changed.reinstated)


class Scene:
    """A worker that is being informed; `steps` counts how often it came in step."""

    def __init__(self, nursery: trio.Nursery, *wanted: str) -> None:
        self.wanted = set(wanted)
        self.other = Other()
        self.steps = 0
        channel: Any = self.other
        self.informing = Informing(self.wanted)
        nursery.start_soon(self.informing.run, channel, self._in_step)

    def _in_step(self) -> None:
        self.steps += 1

    async def answer(self) -> None:
        self.informing.note_answer()
        await trio.testing.wait_all_tasks_blocked()


@pytest.fixture
async def make(nursery: trio.Nursery) -> Callable[..., Scene]:
    return lambda *wanted: Scene(nursery, *wanted)


async def settle() -> None:
    await trio.testing.wait_all_tasks_blocked()


async def test_worker_of_a_server_where_nobody_is_revoked_is_in_step_at_once(make: Callable[..., Scene]) -> None:
    scene = make()
    await settle()
    assert (scene.steps, scene.other.messages) == (1, [])
    await scene.informing.wait_in_step()


async def test_worker_is_in_step_only_once_it_has_answered_the_last_part(make: Callable[..., Scene]) -> None:
    scene = make(*(f"user {n}" for n in range(2 * IDS_PER_MESSAGE + 1)))
    for part in range(3):
        await settle()
        assert (scene.steps, len(scene.other.messages)) == (0, part + 1)
        await scene.answer()
    assert (scene.steps, scene.other.revoked) == (1, scene.wanted)


async def test_whoever_waits_goes_on_when_the_change_is_done(make: Callable[..., Scene], nursery: trio.Nursery) -> None:
    scene, done = make(), []

    async def wait() -> None:
        await scene.informing.wait_in_step()
        done.append(set(scene.other.revoked))

    await settle()
    scene.wanted.add("ann")
    nursery.start_soon(wait)
    await settle()
    assert done == []
    await scene.answer()
    assert done == [{"ann"}]


async def test_somebody_who_is_let_in_while_the_message_is_on_its_way_is_let_in(make: Callable[..., Scene]) -> None:
    scene = make("ann", "ben")
    await settle()
    scene.wanted.discard("ann")
    await scene.answer()
    await scene.answer()
    assert scene.other.revoked == {"ben"}
    assert scene.steps == 1


async def test_full_channel_is_tried_again(nursery: trio.Nursery, autojump_clock: trio.testing.MockClock) -> None:
    scene = Scene(nursery, "ann")
    scene.other.full = 2
    await trio.sleep(3 * RETRY_SECONDS)
    assert scene.other.revoked == {"ann"}


async def test_nobody_waits_for_a_worker_that_is_down(make: Callable[..., Scene], nursery: trio.Nursery) -> None:
    scene = make("ann")
    await settle()
    nursery.start_soon(scene.informing.wait_in_step)
    await settle()
    scene.informing.end()
    await scene.informing.wait_in_step()


def test_longest_ids_fit_into_a_message() -> None:
    ids = [chr(0x1F600) * 125 + f"{n:03}" for n in range(IDS_PER_MESSAGE)]
    assert len(UsersChanged(ids, []).message().payload) < MAX_BYTES
