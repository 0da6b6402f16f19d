"""Files that a server must not start on: it says why in one line, and its exit code whether it is worth another try."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import trio

from tests.drills.harness import ROOT, SERVE, WIDE, environment, make_room, served, staff


async def refused_start(db: Path, *options: str, code: int = 2) -> str:
    """Start a server that must not start; the line that it says on stderr."""
    command = [sys.executable, *SERVE, "--port", "0", "--db", str(db), *options]
    run = partial(
        subprocess.run, command, cwd=ROOT, env=environment(WIDE), capture_output=True, text=True, timeout=20, check=False
    )
    done = await trio.to_thread.run_sync(run)
    assert (done.returncode, done.stdout) == (code, "")
    line: str = done.stderr
    assert line.startswith("breakout: ")
    assert line.count("\n") == 1, line
    return line


async def made_by_a_server(db: Path) -> None:
    async with served(db) as server:
        host = await staff(server)
        await make_room(host)
        host.drop()
        assert await server.stop() == 0


async def test_second_server_on_one_file_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    async with served(db) as server:
        host = await staff(server)
        await make_room(host)
        assert "is in use by another process" in await refused_start(db, code=75)
        await make_room(host, "after")


async def test_newer_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    await made_by_a_server(db)
    with closing(sqlite3.connect(db)) as conn:
        columns = "migration_set, name, applied_at"
        newer = "SELECT migration_set, 'm999_of_the_future', applied_at FROM _sqlite_migrations LIMIT 1"
        conn.execute(f"INSERT INTO _sqlite_migrations ({columns}) {newer}")
        conn.commit()
    before = db.read_bytes()
    assert "later version" in await refused_start(db)
    assert db.read_bytes() == before


@pytest.mark.parametrize("damage", ["overwritten", "cut", "no database"])
async def test_damaged_database_is_refused_and_left_as_it_is(tmp_path: Path, damage: str) -> None:
    db = tmp_path / "breakout.db"
    await made_by_a_server(db)
    whole = db.read_bytes()
    damaged = {
        "overwritten": whole[:4096] + os.urandom(len(whole) - 4096),
        "cut": whole[: len(whole) // 2 + 100],
        "no database": b"these are notes, not a database\n" * 200,
    }[damage]
    db.write_bytes(damaged)
    line = await refused_start(db)
    assert str(db) in line
    assert db.read_bytes() == damaged
