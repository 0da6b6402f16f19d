from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from tests.gateway.api.harness import Api, open_api


@pytest.fixture
async def api(tmp_path: Path, nursery: trio.Nursery) -> AsyncIterator[Api]:
    async with open_api(tmp_path / "breakout.db", nursery) as opened:
        yield opened
