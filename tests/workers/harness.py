"""What the tests of workers share: a server with several, whole, and names of sessions by who owns them."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import trio

from gateway.workers.ownership import owner
from tests.drills.harness import ROOT, SERVE, WIDE, ServerProcess, environment, served, token
from tests.gateway.transport_harness import until

PATIENCE_SECONDS = 20


def session_of(number: int, workers: int = 2, *, prefix: str = "s") -> str:
    """A session that the worker owns."""
    return next(name for n in count() if owner(name := f"{prefix}{n}", workers) == number)


@asynccontextmanager
async def crew_served(db: Path, workers: int = 2, **env: str) -> AsyncIterator[ServerProcess]:
    """A server with workers on the directory `db`; killed at the end where it still runs."""
    async with served(db, {**WIDE, "BREAKOUT_WORKERS": str(workers), **env}) as server:
        yield server


def refusal(db: Path, workers: int = 2, *, port: str = "0", code: int = 2, **env: str) -> str:
    """What a server says that must not start."""
    variables = environment({"BREAKOUT_WORKERS": str(workers), "BREAKOUT_LOG_FORMAT": "json", **env})
    command = [sys.executable, *SERVE, "--port", port, "--db", str(db)]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    return done.stderr.splitlines()[-1]


def operator_token(**claims: Any) -> str:
    return token("otto", permissions=["breakout:operate"], **claims)


async def ask(server: ServerProcess, path: str, method: str = "GET", *, bearer: str | None = None, **more: Any) -> httpx.Response:
    """Ask as an operator, or with another token."""
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=PATIENCE_SECONDS) as client:
        return await client.request(method, path, headers={"Authorization": f"Bearer {bearer or operator_token()}"}, **more)


async def workers_of(server: ServerProcess) -> list[dict[str, Any]]:
    """As the front reports them."""
    report: list[dict[str, Any]] = (await ask(server, "/api/admin/actors")).json()["server"]["workers"]
    return report


async def pid_of(server: ServerProcess, number: int) -> int:
    return int((await workers_of(server))[number - 1]["pid"])


async def kill_worker(server: ServerProcess, number: int) -> None:
    os.kill(await pid_of(server, number), signal.SIGKILL)


async def ready(server: ServerProcess) -> bool:
    return (await ask(server, "/readyz")).status_code == 200


async def wait_ready(server: ServerProcess) -> None:
    with trio.fail_after(PATIENCE_SECONDS):
        while not await ready(server):  # noqa: ASYNC110 - what happens in another process gives no sign to wait for
            await trio.sleep(0.02)


async def wait_until(condition: Callable[[], bool]) -> None:
    with trio.fail_after(PATIENCE_SECONDS):
        await until(condition)


def runs(pid: int) -> bool:
    """Whether the process is there and no zombie. While a thread of one that was killed still ends, its files are open."""
    process = Path(f"/proc/{pid}")
    try:
        ended = process.joinpath("stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
        return not ended or len(list(process.joinpath("task").iterdir())) > 1
    except OSError:
        return False


async def wait_gone(*pids: int) -> None:
    await wait_until(lambda: not any(map(runs, pids)))


async def metrics_of(server: ServerProcess) -> dict[str, float]:
    text = (await ask(server, "/metrics")).text
    samples = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in samples}


