"""The log level is one for all processes, whenever they were started."""

import json
from pathlib import Path

import trio

from tests.drills.harness import ServerProcess, connect, token
from tests.workers.harness import ask, crew_served, kill_worker, session_of, wait_ready


def debugging(server: ServerProcess) -> set[int | None]:
    """The workers that have logged at level debug."""
    lines = server.log.read_text(encoding="utf-8").splitlines(keepends=True)
    read = [json.loads(line) for line in lines if line.endswith("\n")]
    return {line.get("worker") for line in read if line["level"] == "debug"} - {None}


async def heard(server: ServerProcess, numbers: set[int]) -> None:
    with trio.fail_after(10):
        while debugging(server) != numbers:
            for number in (1, 2):
                device = await connect(server.address, token("ann"), session_of(number))
                await device.call("breakout.ping")
                device.drop()


async def test_level_that_operators_set_holds_in_every_worker_and_in_those_started_later(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        assert (await ask(server, "/api/admin/log-level", "PUT", json={"level": "debug"})).status_code == 200
        await heard(server, {1, 2})
        assert (await ask(server, "/api/admin/log-level", "PUT", json={"level": "error"})).status_code == 200
        await kill_worker(server, 1)
        await wait_ready(server)
        server.log.write_text("", encoding="utf-8")
        for number in (1, 2):
            device = await connect(server.address, token("ann"), session_of(number))
            assert (await device.call("breakout.ping"))["success"]
        assert debugging(server) == set()
