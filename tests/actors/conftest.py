"""Fixtures of the actors' tests: a running root with one session, under a clock that jumps to the next deadline."""

from collections.abc import AsyncIterator

import trio.testing
from pytest_trio import trio_fixture

from actors.root import running
from tests.actors.harness import World, make_root
from tests.fakes.memory_store import MemoryStore


@trio_fixture  # type: ignore[untyped-decorator]
async def world(autojump_clock: trio.testing.MockClock) -> AsyncIterator[World]:
    store = MemoryStore()
    async with running(make_root(store)) as root:
        made = World(root, store)
        await made.settle()
        yield made
