from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.server_harness import World, running_server


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A server with a directory for backups."""
    (tmp_path / "backups").mkdir()
    async with running_server(tmp_path, backup_directory=tmp_path / "backups") as running:
        yield running
