"""Simulated power cuts, few of them; `python -m tests.drills.power_cut` makes as many as wanted."""

import random

import pytest

from tests.drills import disk_shim
from tests.drills.power_cut import SECTOR, Disk, Operation, drill

pytestmark = disk_shim.needs_gcc


@pytest.mark.slow
async def test_nothing_that_anybody_knows_of_is_lost_by_a_power_cut() -> None:
    found = await drill("honest", images=100, seconds=1.5)
    assert found.known > 100, "too few changes were under way for this to mean anything"
    assert found.losing == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["early", "normal"])
async def test_server_without_its_promise_is_caught_by_power_cuts(kind: str) -> None:
    found = await drill(kind, images=25, seconds=1.0)
    assert found.losing > 5


async def test_cut_keeps_what_was_synced_and_loses_what_was_not() -> None:
    disk = Disk()
    for kind, data in (("w", b"a" * SECTOR), ("s", b""), ("w", b"b" * 2 * SECTOR)):
        disk.take(Operation(kind, "/x/file.db", 0, data))
    draws = (random.Random(seed) for seed in range(60))
    found = {disk.files["/x/file.db"].after_cut(draw, 0.5) for draw in draws}
    first, second = {b"a" * SECTOR, b"b" * SECTOR}, {b"", b"b" * SECTOR}
    assert found == {a + b for a in first for b in second}
