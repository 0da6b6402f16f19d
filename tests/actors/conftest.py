"""Fixtures of the actors' tests: a running root with one session. All of them run under a clock that jumps to the next deadline."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from pytest_trio import trio_fixture
from structlog.testing import capture_logs

from tests.actors.harness import World, world_over
from tests.fakes.memory_store import MemoryStore


def run_jumping(
    test: Callable[..., Awaitable[Any]], *, clock: trio.abc.Clock | None, instruments: Sequence[trio.abc.Instrument]
) -> Any:
    """Run a test so that no time is spent waiting."""
    return trio.run(test, clock=clock or trio.testing.MockClock(autojump_threshold=0), instruments=instruments)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every asynchronous test of this folder the jumping clock, which it else had to name as an argument."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and iscoroutinefunction(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.trio(run=run_jumping))


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Crashes that tests cause are not printed."""
    with capture_logs():
        yield


@trio_fixture
async def world() -> AsyncIterator[World]:
    async with world_over(MemoryStore()) as made:
        yield made
