from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from persistence import Persistence, PersistenceSettings, open_persistence

Opener = Callable[..., AbstractAsyncContextManager[Persistence]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "breakout.db"


@pytest.fixture
def opener(path: Path) -> Opener:
    """Opens the test's own file, as often as wanted; keyword arguments are settings."""

    def open_it(**settings: object) -> AbstractAsyncContextManager[Persistence]:
        return open_persistence(path, PersistenceSettings(**settings), after_batch=lambda: None)  # type: ignore[arg-type]

    return open_it


@pytest.fixture
async def persistence(opener: Opener) -> AsyncIterator[Persistence]:
    async with opener() as opened:
        yield opened
