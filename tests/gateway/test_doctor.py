"""What the doctor finds, and what it says to do."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
import trio
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.doctor.examination import examine_installation
from gateway.doctor.finding import DOUBTFUL, GOOD, WRONG, Finding
from gateway.host_facts import Disk
from gateway.settings import Settings
from gateway.workers.files import arrange, front_file, worker_file
from persistence.moving import close_store_file, open_store_file
from tests.fakes.certificate import make_certificate
from tests.fakes.token_maker import SECRET
from tests.gateway.server_harness import running_server

CLOCK, DISK = "gateway.doctor.examination.clock_is_kept", "gateway.host_facts.look_at_disk"
DESCRIPTORS = "gateway.doctor.port.max_descriptors"


@pytest.fixture
def good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Settings with which nothing is wrong, on a machine with which nothing is."""
    monkeypatch.setattr("persistence.database.BUSY_SECONDS", 0.01)
    monkeypatch.setattr(CLOCK, lambda: True)
    monkeypatch.setattr(DESCRIPTORS, lambda _: 65_536)
    monkeypatch.setattr(DISK, lambda _: Disk(10**11, 0.002))
    key = tmp_path / "key"
    key.write_bytes(SECRET)
    key.chmod(0o600)
    return {"db": tmp_path / "breakout.db", "hmac_key_file": key, "port": 0, "backup_directory": tmp_path}


def findings(**settings: Any) -> dict[tuple[str, str], list[Finding]]:
    """By subject and state."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in examine_installation(Settings(**settings)):
        found.setdefault((finding.subject, finding.state), []).append(finding)
    return found


def only(found: dict[tuple[str, str], list[Finding]], subject: str, state: str) -> Finding:
    (finding,) = found[subject, state]
    assert finding.todo
    return finding


def test_good_installation_has_nothing_wrong(good: dict[str, Any]) -> None:
    found = examine_installation(Settings(**good))
    assert [finding for finding in found if finding.state == WRONG] == []
    assert {finding.subject for finding in found} == {
        "key", "database", "sqlite", "disk", "backups", "port", "exposure", "clock", "descriptors", "cores",
    }  # fmt: skip
    assert all(finding.todo for finding in found if finding.state != GOOD)


@pytest.mark.parametrize(
    ("change", "subject", "state", "words"),
    [
        ({"hmac_key_file": None}, "key", WRONG, "no key to check tokens with"),
        ({"hmac_key_file": None, "hmac_key": "k" * 40}, "key", DOUBTFUL, "stands in the environment"),
        ({"backup_directory": None}, "backups", DOUBTFUL, "not set"),
        ({"backup_directory": Path("/none")}, "backups", WRONG, "there is no directory /none"),
        ({"jwks_url": "http://127.0.0.1:1/keys"}, "jwks", WRONG, "cannot read keys from http://127.0.0.1:1/keys"),
        ({"jwks_file": Path("/none.json")}, "jwks", WRONG, "cannot read keys from /none.json"),
        ({"tls_certificate": Path("/none"), "tls_key": Path("/k")}, "certificate", WRONG, "cannot read tls_certificate /none"),
        ({"admin_listen": "unix:/none/admin.sock"}, "exposure", DOUBTFUL, "there is no directory /none"),
        ({"admin_listen": "0.0.0.0:8766"}, "exposure", DOUBTFUL, "plain HTTP that other machines can reach"),
        ({"db": Path("/none/breakout.db")}, "disk", WRONG, "there is no directory /none"),
        ({"host": "0.0.0.0"}, "exposure", DOUBTFUL, "operators' API is on the public port"),
        ({"host": "0.0.0.0", "dev": True}, "exposure", WRONG, "everybody may be anybody"),
        ({"host": "203.0.113.1"}, "port", WRONG, "cannot be listened on"),
    ],
)
def test_setting_that_is_wrong_is_found(good: dict[str, Any], change: dict[str, Any], subject: str, state: str, words: str) -> None:
    finding = only(findings(**{**good, **change}), subject, state)
    assert words in finding.what


def test_key_that_others_may_read_is_found(good: dict[str, Any]) -> None:
    good["hmac_key_file"].chmod(0o644)
    assert "chmod 600" in only(findings(**good), "key", DOUBTFUL).todo


def test_advice_about_a_key_turns_nobody_away(good: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    missing = {**good, "hmac_key_file": Path("/none.key")}
    assert only(findings(**missing), "key", WRONG).todo.startswith("correct the path, or bring the file back; a new key ends every")
    monkeypatch.setattr("os.access", lambda *_args, **_more: False)  # as for a user who is not root
    monkeypatch.setattr("pathlib.Path.read_bytes", _refuse)
    assert only(findings(**good), "key", WRONG).todo.startswith("look as root or as the server's user")


def _refuse(path: Path) -> bytes:
    raise PermissionError(13, "Permission denied", str(path))


def test_look_that_this_user_may_not_take_is_a_finding(good: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.doctor.files.examine", _refuse)
    assert "Permission denied" in only(findings(**good), "database", WRONG).what


def test_development_is_looked_at_and_nothing_is_made(good: dict[str, Any], tmp_path: Path) -> None:
    found = findings(**{**good, "hmac_key_file": None, "dev": True, "db": tmp_path / "data" / "breakout.db"})
    assert found["key", GOOD][0].what.endswith("breakout.db.key will be made at the first start")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("days", "state"), [(-40, WRONG), (3, DOUBTFUL), (60, GOOD)])
def test_certificate_says_how_many_days_are_left(good: dict[str, Any], tmp_path: Path, days: int, state: str) -> None:
    made = make_certificate(tmp_path / "tls", days=days)
    (found,) = findings(**good, tls_certificate=made.chain, tls_key=made.key)["certificate", state]
    assert f"{days - 1} days left" in found.what or f"ended {1 - days} days ago" in found.what


def test_database_that_others_may_read_or_that_is_not_the_servers_is_doubted(good: dict[str, Any], monkeypatch: Any) -> None:
    close_store_file(open_store_file(good["db"]))
    good["db"].chmod(0o640)
    assert "chmod 600" in only(findings(**good), "database", DOUBTFUL).todo
    good["db"].chmod(0o600)
    assert ("database", DOUBTFUL) not in findings(**good)
    if os.getuid() == 0:
        os.chown(good["db"], 12345, -1)
        assert "chown --reference" in only(findings(**good), "database", DOUBTFUL).todo


def test_backup_directory_that_cannot_be_written_to_is_not_made_again(good: dict[str, Any], monkeypatch: Any) -> None:
    monkeypatch.setattr("gateway.host_facts.may_write", lambda _: False)
    found = only(findings(**good), "backups", WRONG)
    assert ("nothing can be written to" in found.what, "StateDirectory=" in found.todo) == (True, True)


@pytest.mark.parametrize(
    ("content", "todo"), [(b"no database" * 1_000, "set db to Breakout's own file"), (None, "correct owner and mode of the file")]
)
def test_backup_is_not_advised_where_it_would_not_help(good: dict[str, Any], content: bytes | None, todo: str) -> None:
    good["db"].mkdir() if content is None else good["db"].write_bytes(content)
    if content is None:
        (good["db"] / "else").touch()
    assert todo in only(findings(**good), "database", WRONG).todo


def test_database_that_is_damaged_is_found(good: dict[str, Any]) -> None:
    good["db"].write_bytes(b"no database" * 1_000)
    assert "not an SQLite database" in only(findings(**good), "database", WRONG).what


def test_port_of_another_program_is_found(good: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.doctor.port.READY_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = only(findings(**{**good, "port": taken.getsockname()[1]}), "port", WRONG)
    assert "no server answers there" in found.what
    assert f"process {os.getpid()}" in found.todo


def test_server_that_hangs_is_told_from_another_program(good: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.doctor.port.READY_SECONDS", 0.1)
    db = open_store_file(good["db"])
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        found = only(findings(**{**good, "port": hanging.getsockname()[1]}), "port", WRONG)
    close_store_file(db)
    assert "it hangs" in found.what
    assert found.todo.startswith(f"kill -USR1 {os.getpid()}")


async def test_another_breakout_at_the_port_is_told_from_this_one(good: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with running_server(tmp_path / "other") as world:
        port = int(world.server.url.rpartition(":")[2])
        found = await trio.to_thread.run_sync(lambda: findings(**{**good, "port": port}))
    assert "another Breakout answers at" in only(found, "port", WRONG).what


async def test_descriptors_are_those_of_the_server_that_runs(good: dict[str, Any], tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        port = int(world.server.url.rpartition(":")[2])
        found = await trio.to_thread.run_sync(lambda: findings(**{**good, "port": port}))
    assert f"the server, process {os.getpid()}" in found["descriptors", GOOD][0].what


async def test_server_that_runs_is_found_at_its_port_and_in_its_database(good: dict[str, Any], tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        port = int(world.server.url.rpartition(":")[2])
        found = await trio.to_thread.run_sync(lambda: findings(**{**good, "port": port}))
    assert "a server is ready" in found["port", GOOD][0].what
    assert "a server has it open" in found["database", GOOD][0].what


@pytest.mark.parametrize(
    ("fact", "value", "finding"),
    [
        (CLOCK, lambda: False, ("clock", DOUBTFUL)),
        (DESCRIPTORS, lambda _: 1_024, ("descriptors", DOUBTFUL)),
        (DISK, lambda _: Disk(10**9, 0.002), ("disk", DOUBTFUL)),
        (DISK, lambda _: Disk(10**7, 0.002), ("disk", WRONG)),
        (DISK, lambda _: Disk(10**11, 0.05), ("disk", DOUBTFUL)),
    ],
)
def test_machine_that_is_not_fit_is_found(good, monkeypatch, fact, value, finding) -> None:
    monkeypatch.setattr(fact, value)
    assert only(findings(**good), *finding).todo


def test_look_at_the_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    from gateway.host_facts import look_at_disk

    disk = look_at_disk(tmp_path)
    assert disk.free_bytes > 0
    assert disk.sync_seconds > 0
    assert list(tmp_path.iterdir()) == []


def run(*args: str, **environ: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *args], env=environ)


def test_doctor_exits_with_0_where_nothing_is_wrong_and_prints_what_is_doubtful(good: dict[str, Any]) -> None:
    result = run("--db", str(good["db"]), BREAKOUT_HMAC_KEY_FILE=str(good["hmac_key_file"]), BREAKOUT_PORT="0")
    assert result.exit_code == 0
    assert "hmm    backups      backup_directory is not set\n" in result.stdout
    assert "-> set it" in result.stdout


def test_doctor_exits_with_1_where_something_is_wrong(good: dict[str, Any]) -> None:
    result = run("--db", str(good["db"]), "--json", BREAKOUT_PORT="0")
    assert result.exit_code == 1
    assert [finding["subject"] for finding in json.loads(result.stdout) if finding["state"] == WRONG] == ["key"]


def test_doctor_exits_with_2_where_the_settings_are_refused() -> None:
    result = run(BREAKOUT_PROT="1")
    assert (result.exit_code, "did you mean BREAKOUT_PORT?" in result.stderr) == (2, True)


def test_every_file_of_a_server_with_workers_is_looked_at(good: dict[str, Any]) -> None:
    arrange(good["db"], 3)
    worker_file(good["db"], 2).write_text("no database at all, and long enough to be seen to be none" * 20, encoding="utf-8")
    found = findings(**{**good, "workers": 3})
    assert "worker-2.db is not an SQLite database" in only(found, "database", WRONG).what
    names = [finding.what.partition(":")[0] for finding in found["database", GOOD]]
    assert names == [str(path) for path in (front_file(good["db"]), worker_file(good["db"], 1), worker_file(good["db"], 3))]


def test_file_that_will_become_a_directory_is_announced(good: dict[str, Any]) -> None:
    close_store_file(open_store_file(good["db"]))
    said = [finding.what for finding in findings(**{**good, "workers": 2})["database", GOOD]]
    assert any("becomes a directory at the next start" in what for what in said)


def test_more_workers_than_cores_are_doubted(good: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    assert ("cores", GOOD) in findings(**{**good, "workers": 2})
    assert "workers = 3" in only(findings(**{**good, "workers": 3}), "cores", DOUBTFUL).what
