"""Connections end with their tokens, within the second that is promised, whatever part of one it is."""

from functools import partial

import trio
from trio.testing import MockClock

from gateway.expiry import TokenExpiry

AT_MS = 1_790_000_000_000
"""The wall clock when the test's clock is at 0."""


def ending() -> tuple[TokenExpiry, list[tuple[str, int, float]]]:
    """An expiry by a wall clock that goes with the test's, and who was closed with what, and when."""
    return TokenExpiry(lambda: AT_MS / 1000 + trio.current_time()), []


def closing(closed: list[tuple[str, int, float]], name: str, code: int, _reason: str) -> None:
    closed.append((name, code, trio.current_time()))


async def test_each_connection_is_closed_with_4001_within_a_second_of_its_tokens_end(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    expiry, closed = ending()
    ends = {f"user {n}": 3_000 + n * 37 for n in range(100)}  # over all parts of a second
    for name, after_ms in ends.items():
        expiry.watch(AT_MS + after_ms, partial(closing, closed, name))
    nursery.start_soon(expiry.run)
    await trio.sleep(10)
    assert sorted(name for name, _, _ in closed) == sorted(ends)
    assert {code for _, code, _ in closed} == {4001}
    late = [at - ends[name] / 1000 for name, _, at in closed]
    assert min(late) >= 0
    assert max(late) <= 1


async def test_token_that_has_ended_when_its_connection_opens_closes_it_within_a_second(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    expiry, closed = ending()
    nursery.start_soon(expiry.run)
    await trio.sleep(5.25)
    expiry.watch(AT_MS - 1, partial(closing, closed, "late"))
    await trio.sleep(1)
    assert [name for name, _, _ in closed] == ["late"]


async def test_connection_that_is_over_is_not_closed_again(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    expiry, closed = ending()
    gone = expiry.watch(AT_MS + 1_000, partial(closing, closed, "gone"))
    expiry.watch(AT_MS + 1_000, partial(closing, closed, "here"))
    expiry.forget(gone)
    expiry.forget(gone)
    nursery.start_soon(expiry.run)
    await trio.sleep(60)
    assert [name for name, _, _ in closed] == ["here"]


def test_connections_that_are_over_leave_memory_before_their_tokens_end() -> None:
    expiry = TokenExpiry(lambda: 0.0)
    for _ in range(1_000):
        expiry.forget(expiry.watch(AT_MS, lambda *_: None))
    assert len(expiry._ends) < 100
