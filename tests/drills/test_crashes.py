"""A room that crashes again and again, by a bug and not by an order, takes nothing from another."""

import json
from pathlib import Path

import pytest
import trio

from tests.drills.attacks import crash_in_a_loop
from tests.drills.harness import ServerProcess, get, served
from tests.drills.isolation import LIMITS, set_scene, talk

CRASHING = ("-m", "tests.drills.crashing", "serve")


async def crashes(server: ServerProcess) -> float:
    lines = (await get(server, "/metrics")).text.splitlines()
    (count,) = [float(line.split()[1]) for line in lines if line.startswith("breakout_room_crashes_total ")]
    return count


@pytest.mark.slow
async def test_room_loses_nothing_while_another_crashes_in_a_loop(tmp_path: Path) -> None:
    async with served(tmp_path / "breakout.db", LIMITS, program=CRASHING) as server, trio.open_nursery() as nursery:
        scene = await set_scene(server, people=5)
        nursery.start_soon(crash_in_a_loop, scene.target)
        while await crashes(server) < 5:
            heard = await talk(scene, 0.5)
            assert list(heard.by_person.values()) == [heard.sent] * 5
        nursery.cancel_scope.cancel()
        events = {json.loads(line)["event"] for line in server.complaints()}
        tracebacks = {event for event in events if event.startswith("Unhandled exception in RoomActor")}
        assert events - tracebacks == {"room failed", "room failed at a command"}
