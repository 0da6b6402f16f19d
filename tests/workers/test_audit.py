"""The audit of a server with workers: kept over restarts, read in pages that fit together."""

from pathlib import Path

from tests.workers.harness import ask, crew_served
from tests.workers.test_served import host_of

ONE = "s1"


async def test_acts_of_front_and_workers_are_there_after_a_restart(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    async with crew_served(db) as server:
        _, room_id = await host_of(server, ONE)
        assert (await ask(server, f"/api/admin/rooms/{room_id}/restart", "POST")).status_code == 200
        assert (await ask(server, "/api/admin/log-level", "PUT", json={"level": "info"})).status_code == 200
        assert await server.stop() == 0
    async with crew_served(db) as server:
        acts = (await ask(server, "/api/admin/audit")).json()["acts"]
        assert await server.stop() == 0
    assert [act["action"] for act in acts] == ["server.log-level", "room.restart"]


async def test_acts_are_there_whatever_the_number_of_workers_was(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    expected: list[str] = []
    for number, workers in enumerate((1, 2, 3, 1)):
        async with crew_served(db, workers) as server:
            path = f"/api/admin/log-level?{number}"
            assert (await ask(server, path, "PUT", json={"level": "warning" if number % 2 else "error"})).status_code == 200
            expected.insert(0, "warning" if number % 2 else "error")
            acts = (await ask(server, "/api/admin/audit")).json()["acts"]
            assert [(act["action"], act["target"]) for act in acts] == [("server.log-level", level) for level in expected]
            assert await server.stop() == 0
    assert db.is_dir()
