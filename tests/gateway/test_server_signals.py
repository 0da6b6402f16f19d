"""A server in a process of its own, told things by signals and by operators."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

PROGRAM = [sys.executable, "-c", "from gateway.cli import main; main(prog_name='breakout')"]
ROOT = Path(__file__).parents[2]


def environ() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BREAKOUT_")}
    return {**kept, "PYTHONPATH": str(ROOT), "BREAKOUT_LOG_FORMAT": "json"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`breakout serve --dev`; its log goes to the file `log`."""
    with (tmp_path / "log").open("w") as log, subprocess.Popen(
        [*PROGRAM, "serve", "--dev", "--port", "0"], cwd=tmp_path, env=environ(), stdout=subprocess.PIPE, stderr=log, text=True,
    ) as running:  # fmt: skip
        try:
            assert running.stdout is not None
            yield running, running.stdout.readline().removeprefix("listening on ").strip()
        finally:
            running.kill()


def logged(directory: Path, event: str) -> list[dict[str, str]]:
    lines = [json.loads(line) for line in (directory / "log").read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def test_sigusr1_logs_what_every_task_is_doing_and_the_server_goes_on(server, tmp_path: Path) -> None:
    running, url = server
    running.send_signal(signal.SIGUSR1)
    deadline = time.monotonic() + 10
    while not logged(tmp_path, "task tree"):
        assert time.monotonic() < deadline
        httpx.get(f"{url}/healthz", trust_env=False)  # a round trip, in which the server has its turn
    running.send_signal(signal.SIGHUP)  # without a certificate there is nothing to do, and that is said
    while not logged(tmp_path, "nothing to read again"):
        assert time.monotonic() < deadline
        httpx.get(f"{url}/healthz", trust_env=False)
    (line,) = logged(tmp_path, "task tree")
    assert "gateway.accepting.Accepting._loop" in line["tree"]
    assert "most recent call first" in (tmp_path / "log").read_text(), "where each thread is"
    assert httpx.get(f"{url}/readyz", trust_env=False).status_code == 200


def test_operator_on_the_servers_machine_needs_no_token_to_have_it_drain_and_end_with_0(server, tmp_path: Path) -> None:
    running, url = server
    drained = subprocess.run(
        [*PROGRAM, "drain", "--url", url], cwd=tmp_path, env=environ(), capture_output=True, text=True, timeout=20, check=False
    )
    assert (drained.returncode, drained.stdout) == (0, "draining\n")
    made = [path for path in (tmp_path / "data").iterdir() if path.name.startswith("breakout.db")]
    assert {path.stat().st_mode & 0o077 for path in made} == {0}, "they hold names and chats"
    assert running.wait(timeout=15) == 0
    (line,) = logged(tmp_path, "audit")
    assert line["action"] == "server.drain"
    assert logged(tmp_path, "drained")
