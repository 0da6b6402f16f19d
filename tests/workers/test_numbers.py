"""Another number of workers, and back: every session with its seats, chat, keys, deadlines and attendance."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trio

from gateway.workers.files import arrange, worker_file
from gateway.workers.ownership import owner
from tests.drills.harness import ROOT, ServerProcess, connect, environment, make_room, served, token
from tests.persistence.test_moving import fill
from tests.workers.harness import ask, crew_served, wait_ready
from tests.workers.test_files import check_arranged, found

SESSIONS = ("a", "b", "c", "d", "e")
CHAT = "breakout.chat.send"
MOVES = """
import sys
from pathlib import Path
from gateway.workers.files import arrange
print("begins", flush=True)
for workers in [4, 2, 5, 1, 3] * 1000:
    arrange(Path(sys.argv[1]), workers)
"""


async def evening(server: ServerProcess, session: str) -> None:
    """A room with a running timer, two people in it and something said."""
    host = await connect(server.address, token("host", "OWNER"), session)
    room_id = await make_room(host, name=f"Room {session}")
    for name in ("ann", "ben"):
        device = await connect(server.address, token(name, "ATTENDEE"), session)
        await device.call("breakout.room.join", {"roomId": room_id})
        await device.call(CHAT, {"text": f"{name} in {session}"}, key=f"{name}-once")
    assert (await host.call("breakout.timer.start", {"roomId": room_id, "durationSeconds": 3_000}))["success"]


async def known_of(server: ServerProcess, session: str) -> dict[str, Any]:
    """What Ann finds when she comes back, and what the reports say."""
    ann = await connect(server.address, token("ann", "ATTENDEE"), session)
    room = ann.state["room"]
    repeated = await ann.call(CHAT, {"text": f"ann in {session}"}, key="ann-once")
    staff = token("host", "OWNER")
    stays = (await ask(server, f"/api/sessions/{session}/attendance.json", bearer=staff)).json()
    journal = (await ask(server, f"/api/admin/rooms/{ann.state['self']['roomId']}")).json()["journal"]
    return {
        "seat": ann.state["self"]["roomId"],
        "deadline": room["timer"]["endsAt"],
        "chat": [(message["id"], message["text"]) for message in room["messages"]],
        "people": sorted(person["userId"] for person in room["participants"]),
        "reply": repeated["data"],
        "stays": [{name: value for name, value in stay.items() if name != "seconds"} for stay in stays["rows"]],
        "journal": [(entry["kind"], entry["at"], entry["changeId"]) for entry in journal],
    }


async def test_everything_is_there_again_with_one_three_two_and_one_workers(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    async with served(db) as server:
        for session in SESSIONS:
            await evening(server, session)
        before = {session: await known_of(server, session) for session in SESSIONS}
        assert await server.stop() == 0
    assert db.is_file()
    for workers in (3, 2, 1):
        async with crew_served(db, workers) as server:
            assert {session: await known_of(server, session) for session in SESSIONS} == before
            assert server.complaints() == []
            assert await server.stop() == 0
    assert db.is_dir()


async def test_killed_server_comes_back_with_another_number(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    async with crew_served(db, 3) as server:
        for session in SESSIONS:
            await evening(server, session)
        before = {session: await known_of(server, session) for session in SESSIONS}
        server.kill()
    async with crew_served(db, 2) as server:
        assert {session: await known_of(server, session) for session in SESSIONS} == before


@pytest.mark.slow
async def test_kill_in_the_middle_of_moves_loses_nothing_round_after_round(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    sessions = [f"s{n}" for n in range(12)]
    await fill(db, sessions, random.Random(5))
    arrange(db, 3)
    pictures = {name: known for name, (_, known) in found(db).items()}
    assert set(pictures) == set(sessions)
    rng = random.Random(8)
    for number in range(10):
        await trio.to_thread.run_sync(move_and_kill, db, rng.uniform(0.0, 0.15))
        workers = 1 + number % 4
        arrange(db, workers)
        check_arranged(db, workers, pictures)


def move_and_kill(db: Path, seconds: float) -> None:
    """Have a process move sessions to and fro, and kill it after a while."""
    with subprocess.Popen([sys.executable, "-c", MOVES, str(db)], env=environment({}), cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)


async def test_backup_of_workers_is_a_directory_that_a_server_starts_on(tmp_path: Path) -> None:
    db, backups = tmp_path / "breakout.db", tmp_path / "backups"
    backups.mkdir()
    async with crew_served(db, 2, BREAKOUT_BACKUP_DIRECTORY=str(backups)) as server:
        for session in SESSIONS:
            await evening(server, session)
        before = {session: await known_of(server, session) for session in SESSIONS}
        done = await ask(server, "/api/admin/backup", "POST", json={"path": "tonight"})
        assert done.json()["path"] == str(backups / "tonight")
        assert done.json()["bytes"] == sum(path.stat().st_size for path in (backups / "tonight").iterdir()) > 0
        again = await ask(server, "/api/admin/backup", "POST", json={"path": "tonight"})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "backup_refused")
        away = await ask(server, "/api/admin/backup", "POST", json={"path": "../away"})
        assert away.status_code == 403
        nowhere = await ask(server, "/api/admin/backup", "POST", json={"path": "missing/tonight"})
        assert nowhere.status_code == 409
        assert [path.name for path in backups.iterdir()] == ["tonight"]
    assert {worker_file(backups / "tonight", n).exists() for n in (1, 2)} == {True}
    async with crew_served(backups / "tonight", 3) as server:
        await wait_ready(server)
        assert {session: await known_of(server, session) for session in SESSIONS} == before


def test_sessions_of_these_tests_have_different_owners() -> None:
    assert len({owner(session, 2) for session in SESSIONS}) == 2
    assert len({owner(session, 3) for session in SESSIONS}) >= 2
