"""One server at a time has a directory; the next one waits for the workers of one that was killed, and for nobody else."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gateway.start_refused import StartRefused
from gateway.workers.directory_lock import lock_directory

HOLDER = """
import os, subprocess, sys
from pathlib import Path
from gateway.workers.directory_lock import lock_directory
lock = lock_directory(Path(sys.argv[1]), 0)
heir = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], pass_fds=[lock], stdin=sys.stdin)
print(heir.pid, flush=True)
sys.stdin.read()
"""


def holder(db: Path) -> subprocess.Popen[str]:
    """A process that has the lock, and a child that inherited it; both end with the process's stdin."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().strip().isdigit()
    return process


def finish(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.read()  # until the heir has ended
    process.stdout.close()


def test_second_server_is_refused_at_once(tmp_path: Path) -> None:
    process = holder(tmp_path / "breakout.db")
    try:
        with pytest.raises(StartRefused, match="in use by another server"):
            lock_directory(tmp_path / "breakout.db", 3_600)
    finally:
        finish(process)


def test_lock_is_free_when_its_server_has_ended(tmp_path: Path) -> None:
    finish(holder(tmp_path / "breakout.db"))
    os.close(lock_directory(tmp_path / "breakout.db", 0))


def test_server_waits_for_the_workers_of_one_that_was_killed(tmp_path: Path) -> None:
    process = holder(tmp_path / "breakout.db")
    process.kill()
    process.wait()
    with pytest.raises(StartRefused, match="in use by workers of a server that has ended"):
        lock_directory(tmp_path / "breakout.db", 0)
    assert process.stdin is not None
    threading.Timer(0.1, process.stdin.close).start()
    os.close(lock_directory(tmp_path / "breakout.db", 30))
    finish(process)


def test_lock_beside_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="No such file or directory"):
        lock_directory(tmp_path / "missing" / "breakout.db", 0)
