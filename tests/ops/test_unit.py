"""What runs the server elsewhere: the systemd unit and the container's files."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import trio

from tests.drills.harness import ROOT, served

UNIT = ROOT / "ops/breakout.service"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_units_exposure_is_what_it_says_it_is() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for breakout.service: ([0-9.]+)", done.stdout)
    assert found is not None, done.stderr
    assert float(found[1]) <= 1.5
    stated = re.search(r"rates it ([0-9.]+) ", UNIT.read_text(encoding="utf-8"))
    assert stated is not None
    assert abs(float(stated[1]) - float(found[1])) <= 0.2, "versions of systemd differ a little, and no more"


def test_unit_has_no_setting_that_systemd_does_not_know(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
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


async def test_containers_health_check_succeeds_on_a_server_and_fails_without_one(tmp_path: Path) -> None:
    found = re.search(r"^HEALTHCHECK .*\\\n\s+CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert found is not None
    command = json.loads(found[1])
    async with served(tmp_path / "breakout.db") as server:
        variables = {**os.environ, "BREAKOUT_PORT": str(server.address[1])}
        alive = await trio.run_process(command, env=variables, check=False, capture_stderr=True)
        assert await server.stop() == 0
    dead = await trio.run_process(command, env=variables, check=False, capture_stderr=True)
    assert (alive.returncode, dead.returncode) == (0, 1)
