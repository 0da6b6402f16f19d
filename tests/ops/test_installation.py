"""An installation made as ops/breakout.service says: operators' commands find the server by the file that it reads."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from attrs import asdict
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.settings_source import load_settings
from tests.drills.harness import ROOT
from tests.fakes.token_maker import SECRET
from tests.gateway.admin.scenes import room_with_ann
from tests.gateway.server_harness import running_server
from tests.ops.free_port import free_port

UNIT = (ROOT / "ops/breakout.service").read_text(encoding="utf-8")
SETTINGS = ROOT / "ops/breakout.toml"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The settings of the unit, in a file that looks below `tmp_path` in place of the root."""
    text = SETTINGS.read_text(encoding="utf-8").replace('"/', f'"{tmp_path}/')
    for directory in ("etc/breakout", "var/lib/breakout", "var/lib/breakout-backups"):
        (tmp_path / directory).mkdir(parents=True)
    key = tmp_path / "etc/breakout/hmac.key"
    key.write_bytes(SECRET)
    key.chmod(0o600)
    config = tmp_path / "etc/breakout/breakout.toml"
    config.write_text(f"port = {free_port()}\n{text}", encoding="utf-8")
    return config


def run(*args: str, **environ: str) -> Callable[[], Result]:
    return lambda: CliRunner().invoke(main, list(args), env=environ)


async def test_commands_work_with_the_file_that_the_server_reads(installed: Path, tmp_path: Path) -> None:
    settings = asdict(load_settings(installed, {}, {}), recurse=False)
    async with running_server(tmp_path, **{**settings, "hmac_key": None}) as world:
        room_id, _ = await room_with_ann(world)
        doctor = await trio.to_thread.run_sync(run("doctor", BREAKOUT_CONFIG=str(installed)))
        rooms = await trio.to_thread.run_sync(run("rooms", "--config", str(installed)))
        backup = await trio.to_thread.run_sync(run("backup", "tonight.db", BREAKOUT_CONFIG=str(installed)))
    assert [line for line in doctor.output.splitlines() if line.startswith("WRONG")] == []
    assert "a server is ready at" in doctor.stdout
    assert room_id in rooms.stdout
    assert (tmp_path / "var/lib/breakout-backups/tonight.db").exists(), backup.output


def test_service_may_write_where_its_settings_say_and_is_handed_the_files_that_they_name() -> None:
    settings = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))
    found = re.search(r"^StateDirectory=(.+)$", UNIT, re.MULTILINE)
    assert found is not None
    writable = [Path("/var/lib") / name for name in found[1].split()]
    assert [Path(settings["db"]).parent, Path(settings["backup_directory"])] == writable
    assert f"LoadCredential=hmac.key:{settings['hmac_key_file']}\n" in UNIT
    assert "Environment=BREAKOUT_HMAC_KEY_FILE=%d/hmac.key\n" in UNIT
    assert "LoadCredential=breakout.toml:/etc/breakout/breakout.toml\n" in UNIT


async def test_file_that_may_not_be_read_is_one_line_and_no_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "breakout.db").touch(mode=0)
    monkeypatch.setattr("os.access", lambda *_args, **_more: False)  # as for a user who is not root
    result = CliRunner().invoke(main, ["rooms", "--db", str(tmp_path / "breakout.db")], env={"BREAKOUT_CONFIG": ""})
    assert (result.exit_code, "Usage" in result.stderr) == (2, False)
    assert "a token is needed" in result.stderr
