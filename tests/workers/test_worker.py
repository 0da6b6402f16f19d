"""A worker as the front sees it: started again whatever befalls it, and gone at once where nobody is served."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from gateway.settings import Settings
from gateway.workers import worker_process
from gateway.workers.channel import channel_pair
from gateway.workers.patience import Patience
from gateway.workers.worker import State, Worker, WorkerLost
from tests.drills.harness import ROOT, SERVE, environment
from tests.workers.test_channel import open_descriptors

SOCKET = "import os, socket, sys, time; end = socket.socket(fileno=int(sys.argv[1])); "
WELL = SOCKET + "end.recv(65536); end.send(b'r'); end.recv(65536)"
SHORT = SOCKET + "end.recv(65536); end.send(b'r'); sys.exit(3)"
NEVER_UP = SOCKET + "time.sleep(3600)"
PATIENCE_SECONDS = 10


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    monkeypatch.setattr(worker_process, "PROGRAM", WELL)
    with (tmp_path / "lock").open("w") as lock:
        yield Worker(1, Settings(workers=2), tmp_path, lock.fileno())


@pytest.fixture
async def tasks() -> AsyncIterator[trio.Nursery]:
    """What was started in it must end in time."""
    with trio.fail_after(PATIENCE_SECONDS):
        async with trio.open_nursery() as nursery:
            yield nursery


def patient_for_ever(monkeypatch: pytest.MonkeyPatch) -> trio.Event:
    """Have a pause last. Returns what is set when one begins."""
    pausing = trio.Event()

    def pause_after(_: Patience, life_seconds: float) -> float:
        pausing.set()
        return 3_600.0

    monkeypatch.setattr(Patience, "pause_after", pause_after)
    return pausing


async def until(worker: Worker, state: State) -> None:
    while worker.state is not state:  # noqa: ASYNC110 - nothing tells of it
        await trio.sleep(0.005)


async def test_worker_is_tried_again_where_no_process_can_be_started(
    worker: Worker, tasks: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures, plain = [0], trio.lowlevel.open_process

    async def fragile(*arguments: Any, **more: Any) -> trio.Process:
        failures[0] += 1
        if failures[0] <= 2:
            raise OSError(24, "Too many open files")
        return await plain(*arguments, **more)

    monkeypatch.setattr(trio.lowlevel, "open_process", fragile)
    before = open_descriptors()
    tasks.start_soon(worker.run)
    await worker.was_up.wait()
    assert (failures[0], worker.lives, worker.restarts) == (3, 1, 0)
    await worker.leave()
    await until(worker, State.DOWN)
    assert open_descriptors() <= before + 1  # the process's own, until it is reaped


async def test_worker_that_ends_whenever_it_is_started_is_given_up_at_the_start(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "PROGRAM", "raise SystemExit(3)")
    with trio.fail_after(PATIENCE_SECONDS), pytest.raises(WorkerLost, match="worker 1 ended 3 times before it was up, last with 3"):
        await worker.run()


async def test_worker_that_was_up_once_is_never_given_up(
    worker: Worker, tasks: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "PROGRAM", SHORT)
    monkeypatch.setattr(Patience, "pause_after", lambda *_: 0.0)
    tasks.start_soon(worker.run)
    await worker.was_up.wait()
    monkeypatch.setattr(worker_process, "PROGRAM", "raise SystemExit(3)")
    while worker.lives < 6:  # noqa: ASYNC110 - nothing tells of it
        await trio.sleep(0.005)
    await worker.leave()


async def test_socket_of_a_worker_that_ended_is_taken_away(
    worker: Worker, tasks: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    pausing = patient_for_ever(monkeypatch)
    monkeypatch.setattr(worker_process, "PROGRAM", SHORT)
    worker.private_socket.touch()
    tasks.start_soon(worker.run)
    await pausing.wait()
    assert not worker.private_socket.exists()
    await worker.leave()


async def test_leaving_waits_for_no_pause(worker: Worker, tasks: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    pausing = patient_for_ever(monkeypatch)
    monkeypatch.setattr(worker_process, "PROGRAM", SHORT)
    tasks.start_soon(worker.run)
    await pausing.wait()
    await worker.leave()


async def test_leaving_kills_a_worker_that_only_starts(
    worker: Worker, tasks: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "PROGRAM", NEVER_UP)
    tasks.start_soon(worker.run)
    await until(worker, State.STARTING)
    await worker.leave()
    await until(worker, State.DOWN)


async def test_worker_whose_process_comes_too_late_is_killed(
    worker: Worker, tasks: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, begun, go = trio.lowlevel.open_process, trio.Event(), trio.Event()

    async def slow(*arguments: Any, **more: Any) -> trio.Process:
        begun.set()
        await go.wait()
        return await plain(*arguments, **more)

    monkeypatch.setattr(trio.lowlevel, "open_process", slow)
    monkeypatch.setattr(worker_process, "PROGRAM", NEVER_UP)
    tasks.start_soon(worker.run)
    await begun.wait()
    await worker.leave()
    go.set()


async def test_log_level_reaches_a_worker_that_only_starts(
    worker: Worker, tasks: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    pausing = patient_for_ever(monkeypatch)
    told = SOCKET + "end.recv(65536); end.send(b'r'); sys.exit(7 if end.recv(65536) == b'vdebug' else 8)"
    monkeypatch.setattr(worker_process, "PROGRAM", told)
    tasks.start_soon(worker.run)
    await until(worker, State.STARTING)
    await worker.set_log_level("debug")
    await pausing.wait()
    assert worker.process is not None
    assert worker.process.returncode == 7
    await worker.leave()


async def test_worker_that_is_down_is_told_nothing(worker: Worker) -> None:
    await worker.set_log_level("debug")
    await worker.leave()
    assert worker.state is State.DOWN


def test_process_that_is_told_nothing_ends_without_a_word() -> None:
    ours, theirs = channel_pair()
    ours.close()
    with theirs:
        command = [sys.executable, "-c", worker_process.PROGRAM, str(theirs.fileno())]
        done = subprocess.run(
            command, pass_fds=[theirs.fileno()], cwd=ROOT, env=environment({}), capture_output=True, text=True, timeout=20,
            check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_server_whose_workers_end_at_the_start_says_so_and_may_be_tried_again(tmp_path: Path) -> None:
    program = f"from gateway.workers import worker_process; worker_process.PROGRAM = 'raise SystemExit(3)'; {SERVE[1]}"
    command = [sys.executable, "-c", program, "serve", "--workers", "2", "--port", "0", "--db", str(tmp_path / "breakout.db")]
    variables = environment({"BREAKOUT_LOG_FORMAT": "json"})
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "ended 3 times before it was up, last with 3" in done.stderr.splitlines()[-1]
