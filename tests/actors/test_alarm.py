"""The alarm that wakes actors at their deadlines."""

import math

import trio
import trio.testing

from actors.alarm import SLEEPERS_PER_TURN, Alarm, alarm


class Sleeper:
    def __init__(self) -> None:
        self.alarm_at: float | None = None
        self.woken_at: list[float] = []

    def ring(self, late_seconds: float) -> None:
        self.woken_at.append(trio.current_time())


async def test_sleepers_wake_in_the_order_of_their_deadlines(autojump_clock: trio.testing.MockClock) -> None:
    begun = trio.current_time()
    late, early = Sleeper(), Sleeper()
    alarm().set(late, begun + 2)
    alarm().set(early, begun + 1)
    await trio.sleep(3)
    assert [at - begun for at in early.woken_at] == [1]
    assert [at - begun for at in late.woken_at] == [2]


async def test_sleeper_wakes_only_at_the_deadline_it_was_given_last(autojump_clock: trio.testing.MockClock) -> None:
    begun = trio.current_time()
    sleeper = Sleeper()
    for seconds in (5, 1, 3):
        alarm().set(sleeper, begun + seconds)
    await trio.sleep(10)
    assert [at - begun for at in sleeper.woken_at] == [3]


async def test_forgotten_sleeper_is_not_woken(autojump_clock: trio.testing.MockClock) -> None:
    forgotten, never = Sleeper(), Sleeper()
    for sleeper in (forgotten, never):
        alarm().set(sleeper, trio.current_time() + 1)
    alarm().forget(forgotten)
    alarm().set(never, math.inf)
    await trio.sleep(5)
    assert forgotten.woken_at == never.woken_at == []


async def test_sleeper_that_was_woken_may_be_given_another_deadline(autojump_clock: trio.testing.MockClock) -> None:
    sleeper = Sleeper()
    begun = trio.current_time()
    for seconds in (1, 2):
        alarm().set(sleeper, begun + seconds)
        await trio.sleep(1)
        await trio.testing.wait_all_tasks_blocked()
    assert [at - begun for at in sleeper.woken_at] == [1, 2]


def test_deadlines_that_were_changed_do_not_pile_up() -> None:
    clock, sleeper = Alarm(), Sleeper()
    for number in range(10_000):
        clock.set(sleeper, 1_000 + number)
    assert clock.pending < 100


async def test_others_get_a_turn_between_many_that_are_due_at_once(autojump_clock: trio.testing.MockClock) -> None:
    sleepers = [Sleeper() for _ in range(3 * SLEEPERS_PER_TURN - 1)]
    for sleeper in sleepers:
        alarm().set(sleeper, trio.current_time() + 1)
    await trio.sleep(1)
    seen = set()
    while not all(sleeper.woken_at for sleeper in sleepers):
        seen.add(sum(len(sleeper.woken_at) for sleeper in sleepers))
        await trio.lowlevel.checkpoint()
    assert seen & {SLEEPERS_PER_TURN, 2 * SLEEPERS_PER_TURN}  # of which trio's random order may hide one
    assert seen <= {0, SLEEPERS_PER_TURN, 2 * SLEEPERS_PER_TURN}
