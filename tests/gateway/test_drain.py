import trio
from trio.testing import MockClock

from gateway.drain import Drain


async def test_idle_wait_ends_when_the_drain_begins(autojump_clock: MockClock) -> None:
    drain = Drain()
    async with trio.open_nursery() as nursery:

        async def wait() -> None:
            with trio.CancelScope() as scope:
                drain.wait_idle(scope)
                await trio.sleep_forever()

        nursery.start_soon(wait)
        await trio.sleep(1.0)
        drain.begin()
    assert trio.current_time() < 10.0


async def test_idle_wait_ends_at_once_when_the_drain_has_begun() -> None:
    drain = Drain()
    drain.begin()
    with trio.CancelScope() as scope:
        drain.wait_idle(scope)
        await trio.sleep_forever()
    assert scope.cancelled_caught


async def test_whoever_has_something_to_do_is_not_ended_by_a_drain() -> None:
    drain = Drain()
    with trio.CancelScope() as scope:
        drain.wait_idle(scope)
        drain.over(scope)
        drain.begin()
        await trio.lowlevel.checkpoint()
    assert not scope.cancelled_caught


async def test_drain_waits_for_the_last_guest(autojump_clock: MockClock) -> None:
    drain = Drain()
    await drain.guests.wait_gone()
    async with trio.open_nursery() as nursery:

        async def stay(seconds: float) -> None:
            with drain.guests:
                await trio.sleep(seconds)

        began = trio.current_time()
        for seconds in (3.0, 7.0):
            nursery.start_soon(stay, seconds)
        await trio.testing.wait_all_tasks_blocked()
        drain.refuse()
        await drain.guests.wait_gone()
        assert trio.current_time() - began == 7.0
    assert (drain.refusing, drain.begun) == (True, False)
