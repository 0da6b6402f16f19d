"""What runs the server elsewhere: the systemd unit and the container's files."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import httpx
import pytest
import trio

from tests.drills.harness import ROOT, ServerProcess, environment, make_room, served, staff, token
from tests.fakes.certificate import Certificate
from tests.ops.tools import need

UNIT = ROOT / "ops/breakout.service"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_units_exposure_is_what_it_says_it_is() -> None:
    need("systemd-analyze")
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for breakout.service: ([0-9.]+)", done.stdout)
    assert found is not None, done.stderr
    assert float(found[1]) <= 1.5
    stated = re.search(r"rates it ([0-9.]+) ", UNIT.read_text(encoding="utf-8"))
    assert stated is not None
    assert abs(float(stated[1]) - float(found[1])) <= 0.2, "versions of systemd differ a little, and no more"


def test_unit_has_no_setting_that_systemd_does_not_know(tmp_path: Path) -> None:
    need("systemd-analyze")
    unit = tmp_path / "breakout.service"
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/breakout/bin/breakout", "/bin/true"), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "breakout.service" in line] == []


def test_everything_that_the_container_copies_is_there() -> None:
    sources = [source for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE) for source in line.split()[:-1]]
    assert len(sources) > 5
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_container_is_not_root_and_waits_for_the_signal_that_drains() -> None:
    user = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert user == ["10001"]
    assert "STOPSIGNAL SIGTERM" in DOCKERFILE


def health_check() -> list[str]:
    """The container's command, run by this Python."""
    found = re.search(r"^HEALTHCHECK .*\\\n\s+CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert found is not None
    program, *arguments = json.loads(found[1])
    assert program == "breakout"
    return [sys.executable, "-c", "from gateway.cli import main; main()", *arguments]


async def checked(server: ServerProcess, settings: Mapping[str, str]) -> int:
    """The exit code of the health check, with the settings that the server has."""
    variables = environment({**settings, "BREAKOUT_PORT": str(server.address[1])})
    return (await trio.run_process(health_check(), env=variables, check=False, capture_stderr=True)).returncode


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_containers_health_check_succeeds_on_a_server_and_fails_without_one(
    tmp_path: Path, certificate: Certificate, tls: bool
) -> None:
    settings = {"BREAKOUT_TLS_CERTIFICATE": str(certificate.chain), "BREAKOUT_TLS_KEY": str(certificate.key)} if tls else {}
    async with served(tmp_path / "breakout.db", settings) as server:
        alive = await checked(server, settings)
        assert await server.stop() == 0
    assert (alive, await checked(server, settings)) == (0, 1)


def confined_to(directory: Path) -> list[str]:
    """What runs a command as user 10001 without capabilities, where nothing but `directory` can be written."""
    command = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--bind", str(directory), str(directory)]
    command += ["--unshare-user", "--uid", "10001", "--gid", "10001", "--cap-drop", "ALL", "--die-with-parent"]
    need("bwrap")
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("bubblewrap may do nothing here")
    return command


@pytest.fixture
def confined(tmp_path: Path) -> tuple[Path, list[str]]:
    """The one directory that may be written, and what runs a command there; it was seen to refuse another one."""
    data = tmp_path / "data"
    data.mkdir()
    within = confined_to(data)
    assert subprocess.run([*within, "touch", str(tmp_path / "elsewhere")], capture_output=True, check=False).returncode != 0
    return data, within


async def drained(server: ServerProcess) -> int:
    """As an operator does it, since the signal would reach what confines it. The exit code."""
    headers = {"Authorization": f"Bearer {token('operator', permissions=['breakout:operate'])}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers) as client:
        assert (await client.post("/api/admin/drain")).status_code == 202
    return await trio.to_thread.run_sync(partial(server.process.wait, 10))


async def test_server_runs_with_a_read_only_root_as_in_the_container(confined: tuple[Path, list[str]]) -> None:
    data, within = confined
    settings = {"PYTHONDONTWRITEBYTECODE": "1"}
    async with served(data / "breakout.db", settings, within=within) as server:
        host = await staff(server)
        await make_room(host)
        assert await checked(server, settings) == 0
        host.drop()
        assert await drained(server) == 0
        assert server.complaints() == []
    assert (data / "breakout.db").stat().st_size > 0
