"""Drain, backup and log level."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from gateway.server import drain
from tests.gateway.admin.scenes import room_with_ann
from tests.gateway.server_harness import World, running_server


async def test_drain_asks_the_server_to_stop_and_stopping_closes_everybody_with_1012(world: World) -> None:
    ann = await world.connect("ann")
    assert (await world.request("POST", "/api/admin/drain")).status_code == 202
    assert world.server.stop.is_set()
    await drain(world.server, 5)
    assert await ann.close_code() == 1012


async def test_backup_is_a_whole_database_in_the_directory_for_backups(world: World, tmp_path: Path) -> None:
    await room_with_ann(world)
    answer = await world.request("POST", "/api/admin/backup", json={"path": "tonight.db"})
    assert answer.status_code == 200
    path = tmp_path / "backups" / "tonight.db"
    assert answer.json() == {"path": str(path), "bytes": path.stat().st_size}
    with closing(sqlite3.connect(path)) as copy:
        assert copy.execute("SELECT name FROM breakout_rooms").fetchall() == [("Blue",)]
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_backup_never_replaces_a_file(world: World, tmp_path: Path) -> None:
    (tmp_path / "backups" / "tonight.db").write_text("precious")
    answer = await world.request("POST", "/api/admin/backup", json={"path": "tonight.db"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "backup_refused")
    assert (tmp_path / "backups" / "tonight.db").read_text() == "precious"


@pytest.mark.parametrize("path", ["../out.db", "/tmp/out.db", ".", "a/../../out.db", "link/out.db"])
async def test_backup_is_written_nowhere_else(world: World, tmp_path: Path, path: str) -> None:
    (tmp_path / "backups" / "link").symlink_to(tmp_path)
    answer = await world.request("POST", "/api/admin/backup", json={"path": path})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert not (tmp_path / "out.db").exists()


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [("é" * 110, 400, "at most 200 bytes"), ("none/out.db", 409, "there is no directory"), ("x/" * 499, 409, "no directory")],
)
async def test_backup_under_a_name_that_cannot_be_is_refused(world: World, path: str, status: int, words: str) -> None:
    answer = await world.request("POST", "/api/admin/backup", json={"path": path})
    assert (answer.status_code, words in answer.text) == (status, True)


async def test_backup_is_refused_where_no_directory_is_set(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        answer = await world.request("POST", "/api/admin/backup", json={"path": "tonight.db"})
        assert answer.status_code == 403
        assert "backup_directory" in answer.json()["error"]["message"]


async def test_log_level_changes_at_run_time(world: World) -> None:
    log = structlog.get_logger("test")
    assert (await world.json("/api/admin/log-level")) == {"level": "debug"}
    answer = await world.request("PUT", "/api/admin/log-level", json={"level": "error"})
    assert answer.json() == {"level": "error"}
    log.warning("not heard")
    log.error("heard")
    assert (world.logged("not heard"), len(world.logged("heard"))) == ([], 1)
    await world.request("PUT", "/api/admin/log-level", json={"level": "debug"})
    log.debug("whispered")
    assert len(world.logged("whispered")) == 1


async def test_unknown_log_level_is_refused(world: World) -> None:
    answer = await world.request("PUT", "/api/admin/log-level", json={"level": "loud"})
    assert answer.status_code == 400
    assert "debug, info, warning, error" in answer.json()["error"]["message"]
