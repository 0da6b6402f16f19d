"""One server at a time has a directory of workers' files: a lock beside it, held until its last worker has ended.

The workers inherit it, so that a server that is started while those of a killed one still leave waits for them. The lock is the
kernel's (flock) and goes with the processes; the file stays and means nothing by itself.
"""

import fcntl
import os
import time
from pathlib import Path
from typing import Final

from gateway.start_refused import NotNow, StartRefused

TRY_SECONDS: Final = 0.05
MAX_PID_BYTES: Final = 32


def lock_directory(db: Path, patience_seconds: float) -> int:
    """The descriptor that holds the lock, to be inherited. Blocks for `patience_seconds` at most.

    Raises:
        NotNow: Another server has the directory, or the workers of one that was killed do not end.
        StartRefused: The lock cannot be made.
    """
    path = db.with_name(f"{db.name}.lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartRefused(f"cannot make {path}: {error.strerror}") from None
    until = time.monotonic() + patience_seconds
    while not _taken(descriptor):
        holder = _holder(descriptor)
        if _alive(holder) or time.monotonic() >= until:
            os.close(descriptor)
            raise NotNow(_in_use(db, holder))
        time.sleep(TRY_SECONDS)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, b"%d" % os.getpid(), 0)
    return descriptor


def _in_use(db: Path, holder: int | None) -> str:
    if _alive(holder):
        return f"{db} is in use by another server, process {holder}; stop that or name another directory"
    return f"{db} is in use by workers of a server that has ended (end them with kill -9), or by a server in another container"


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _holder(descriptor: int) -> int | None:
    """Whose server has it; None in the instant before it has said so."""
    text = os.pread(descriptor, MAX_PID_BYTES, 0)
    return int(text) if text.isdigit() else None


def _alive(pid: int | None) -> bool:
    """Whether another process has the number; in a container the server is number 1 each time."""
    if pid is None or pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
