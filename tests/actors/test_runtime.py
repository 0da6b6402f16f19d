"""The contract with pykka: what `_runtime.py` relies on, behaviour by behaviour."""

from collections.abc import AsyncIterator
from typing import Any

import pykka
import pytest
import trio
import trio.testing
from attrs import frozen
from pytest_trio import trio_fixture

from actors._runtime import MESSAGES_PER_TURN, ActorHandle, MailboxFull, MailboxStatistics, TrioActor, TrioFuture

LIMIT = 3


class Boom(Exception):
    pass


@frozen
class Urgent:
    control = True
    text: str = "urgent"


class Probe(TrioActor):
    """Does what the message says and remembers everything that happened to it."""

    def __init__(self, *, nursery: trio.Nursery, max_mailbox_messages: int = LIMIT) -> None:
        super().__init__(nursery=nursery, max_mailbox_messages=max_mailbox_messages)
        self.seen: list[Any] = []
        self.failures: list[BaseException] = []
        self.abandoned: list[tuple[Any, bool]] = []
        self.deadlines: list[float] = []
        self.due = float("inf")
        self.fail_when_due = False
        self.stops = 0

    def on_receive(self, message: Any) -> Any:
        self.seen.append(message)
        if message == "boom":
            raise Boom
        return f"did {message}"

    def next_deadline(self) -> float:
        return self.due

    def on_deadline(self) -> None:
        self.deadlines.append(trio.current_time())
        self.due = float("inf")
        if self.fail_when_due:
            raise Boom

    def on_stop(self) -> None:
        self.stops += 1

    def on_failure(self, exception_type: Any, exception_value: Any, traceback: Any) -> None:
        self.failures.append(exception_value)

    def on_abandoned(self, message: Any, *, crashed: bool) -> None:
        self.abandoned.append((message, crashed))


@trio_fixture
async def nursery_of_actors() -> AsyncIterator[trio.Nursery]:
    async with trio.open_nursery() as nursery:
        yield nursery
        nursery.cancel_scope.cancel()


def start(nursery: trio.Nursery, kind: type[Probe] = Probe) -> tuple[Probe, ActorHandle]:
    ref = kind.start(nursery=nursery)
    probe = ref._actor_weakref()
    assert probe is not None
    return probe, ref


async def settle() -> None:
    await trio.testing.wait_all_tasks_blocked()


async def test_messages_are_handled_in_the_order_in_which_they_were_told(nursery_of_actors: trio.Nursery) -> None:
    probe, ref = start(nursery_of_actors)
    for message in ("a", "b", "c"):
        ref.tell(message)
    await settle()
    assert probe.seen == ["a", "b", "c"]


async def test_ask_is_answered_through_a_future_that_can_be_awaited(nursery_of_actors: trio.Nursery) -> None:
    _, ref = start(nursery_of_actors)
    future = ref.ask("a", block=False)
    assert isinstance(future, TrioFuture)
    assert await future == "did a"
    assert await future == "did a"


async def test_future_refuses_to_block_the_loop_while_there_is_no_reply(nursery_of_actors: trio.Nursery) -> None:
    _, ref = start(nursery_of_actors)
    with pytest.raises(RuntimeError, match="await a reply"):
        ref.ask("a")


async def test_mailbox_refuses_a_message_and_queues_nothing_when_it_is_full(nursery_of_actors: trio.Nursery) -> None:
    probe, ref = start(nursery_of_actors)
    for n in range(LIMIT):
        ref.tell(n)
    with pytest.raises(MailboxFull):
        ref.tell("too much")
    with pytest.raises(MailboxFull):
        ref.ask("too much", block=False)
    assert probe.actor_inbox.statistics() == MailboxStatistics(depth=LIMIT, high_water=LIMIT, handled=0, refused=2)
    await settle()
    assert probe.seen == list(range(LIMIT))


async def test_mailbox_takes_messages_again_when_it_has_been_emptied(nursery_of_actors: trio.Nursery) -> None:
    probe, ref = start(nursery_of_actors)
    for _ in range(2):
        for n in range(LIMIT):
            ref.tell(n)
        await settle()
    assert probe.actor_inbox.statistics() == MailboxStatistics(depth=0, high_water=LIMIT, handled=2 * LIMIT, refused=0)


async def test_control_messages_have_room_in_a_full_mailbox(nursery_of_actors: trio.Nursery) -> None:
    probe, ref = start(nursery_of_actors)
    for n in range(LIMIT):
        ref.tell(n)
    ref.tell(Urgent())
    await settle()
    assert probe.seen == [0, 1, 2, Urgent()]
    assert probe.actor_inbox.statistics().high_water == LIMIT + 1


async def test_stop_is_handled_although_the_mailbox_is_full(nursery_of_actors: trio.Nursery) -> None:
    probe, ref = start(nursery_of_actors)
    for n in range(LIMIT):
        ref.tell(n)
    ref.stop(block=False)
    await settle()
    assert probe.seen == [0, 1, 2]
    assert not ref.is_alive()
    assert probe.stops == 1
    assert probe.failures == []


async def test_asks_left_in_a_stopped_actors_mailbox_fail_with_actor_dead_error(
    nursery_of_actors: trio.Nursery,
) -> None:
    probe, ref = start(nursery_of_actors)
    ref.stop(block=False)
    future = ref.ask("late", block=False)
    with pytest.raises(pykka.ActorDeadError):
        await future
    assert probe.seen == []
    assert probe.abandoned == [("late", False)]


async def test_stopped_actor_refuses_to_be_told_and_asked(nursery_of_actors: trio.Nursery) -> None:
    _, ref = start(nursery_of_actors)
    ref.stop(block=False)
    await settle()
    with pytest.raises(pykka.ActorDeadError):
        ref.tell("late")
    with pytest.raises(pykka.ActorDeadError):
        await ref.ask("late", block=False)


async def test_failure_in_a_tell_ends_the_actor_and_reaches_the_parent(nursery_of_actors: trio.Nursery) -> None:
    probe, ref = start(nursery_of_actors)
    ref.tell("boom")
    await settle()
    assert not ref.is_alive()
    assert [type(error) for error in probe.failures] == [Boom]
    assert probe.stops == 0


async def test_failure_in_an_ask_ends_the_actor_and_reaches_asker_and_parent(nursery_of_actors: trio.Nursery) -> None:
    probe, ref = start(nursery_of_actors)
    with pytest.raises(Boom):
        await ref.ask("boom", block=False)
    assert not ref.is_alive()
    assert [type(error) for error in probe.failures] == [Boom]


async def test_failure_at_a_deadline_ends_the_actor_and_reaches_the_parent(nursery_of_actors: trio.Nursery) -> None:
    probe, ref = start(nursery_of_actors)
    probe.fail_when_due = True
    probe.due = trio.current_time() + 5
    await trio.sleep(6)
    assert not ref.is_alive()
    assert [type(error) for error in probe.failures] == [Boom]
    assert probe.abandoned == []


async def test_failure_of_what_follows_a_failure_reaches_the_nursery_of_the_actor_and_nobody_else() -> None:
    class Careless(Probe):
        def on_failure(self, exception_type: Any, exception_value: Any, traceback: Any) -> None:
            raise LookupError("nobody to tell")

    async def fail() -> None:
        async with trio.open_nursery() as nursery:
            probe, _ = start(nursery, Careless)
            probe.fail_when_due = True
            probe.due = trio.current_time() + 5
            await settle()

    async with trio.open_nursery() as others:
        neighbour, _ = start(others)
        with pytest.raises(ExceptionGroup) as raised:
            await fail()
        assert raised.group_contains(LookupError)
        due = neighbour.due = trio.current_time() + 1
        neighbour.actor_ref.tell("look anew")
        await trio.sleep(2)
        assert neighbour.deadlines == [due]
        others.cancel_scope.cancel()


async def test_failure_at_the_start_ends_the_actor_and_abandons_what_waits(nursery_of_actors: trio.Nursery) -> None:
    class Stillborn(Probe):
        def on_start(self) -> None:
            raise Boom

    probe, ref = start(nursery_of_actors, Stillborn)
    ref.tell("never")
    await settle()
    assert [type(error) for error in probe.failures] == [Boom]
    assert probe.seen == []
    assert probe.abandoned == [("never", False)]


async def test_each_message_left_is_abandoned_and_only_the_fatal_one_counts_as_crashed(
    nursery_of_actors: trio.Nursery,
) -> None:
    probe, ref = start(nursery_of_actors)
    for message in ("boom", "second", "third"):
        ref.tell(message)
    ref.stop(block=False)
    await settle()
    assert probe.abandoned == [("boom", True), ("second", False), ("third", False)]
    assert probe.seen == ["boom"]


async def test_cancelled_nursery_ends_its_actors_like_a_stop() -> None:
    async with trio.open_nursery() as nursery:
        probe, ref = start(nursery)
        await settle()
        nursery.cancel_scope.cancel()
        ref.tell("told")
        asked = ref.ask("asked", block=False)
    assert not ref.is_alive()
    assert pykka.ActorRegistry.get_by_urn(ref.actor_urn) is None
    assert probe.seen == []
    assert probe.abandoned == [("told", False), ("asked", False)]
    with pytest.raises(pykka.ActorDeadError):
        await asked


async def test_actor_wakes_for_its_deadline_without_any_message(nursery_of_actors: trio.Nursery) -> None:
    probe, _ = start(nursery_of_actors)
    due = probe.due = trio.current_time() + 60
    await trio.sleep(61)
    assert probe.deadlines == [due]


async def test_deadline_that_a_message_brought_forward_is_kept(nursery_of_actors: trio.Nursery) -> None:
    probe, ref = start(nursery_of_actors)
    probe.due = trio.current_time() + 60
    await settle()
    due = probe.due = trio.current_time() + 5
    ref.tell("look anew")
    await trio.sleep(6)
    assert probe.deadlines == [due]


async def test_deadline_is_served_although_the_mailbox_never_empties(nursery_of_actors: trio.Nursery) -> None:
    class Busy(Probe):
        def on_receive(self, message: Any) -> Any:
            if not self.deadlines:
                self.actor_ref.tell(message)

    probe, ref = start(nursery_of_actors, Busy)
    probe.due = trio.current_time()
    ref.tell("again")
    await settle()
    assert probe.deadlines == [probe.deadlines[0]]
    assert probe.actor_inbox.empty()


async def test_endless_self_tells_do_not_starve_other_actors(nursery_of_actors: trio.Nursery) -> None:
    class Endless(Probe):
        def on_receive(self, message: Any) -> Any:
            self.seen.append(message)
            self.actor_ref.tell(message)

    busy, endless = start(nursery_of_actors, Endless)
    endless.tell("again")
    probe, ref = start(nursery_of_actors)
    assert await ref.ask("me too", block=False) == "did me too"
    assert probe.seen == ["me too"]
    assert len(busy.seen) <= 4 * MESSAGES_PER_TURN
    endless.stop(block=False)
