"""What a server needs of its machine, as far as it can be asked: clock, descriptors, disk."""

import ctypes
import os
import re
import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import frozen

SYNC_TRIES: Final = 20

_OPEN_FILES: Final = re.compile(r"^Max open files\s+([0-9]+)", re.MULTILINE)
_LISTENING: Final = "0A"
"""TCP_LISTEN in the table of sockets."""

_UNSYNCHRONISED: Final = 0x0040
"""STA_UNSYNC of adjtimex(2): the kernel knows of nobody who keeps its clock right."""

_TIMEX_BYTES: Final = 208
_STATUS_OFFSET: Final = 40
"""Of `status` in struct timex on 64-bit Linux: modes (padded), offset, freq, maxerror, esterror, status."""


@frozen
class Disk:
    """Attributes: sync_seconds: The median time to have 4 KiB on the disk for good."""

    free_bytes: int
    sync_seconds: float


def max_descriptors(pid: int | None = None) -> int:
    """How many files and sockets a process may have open; without one, as a server started here would."""
    found = None if pid is None else _OPEN_FILES.search(Path(f"/proc/{pid}/limits").read_text(encoding="ascii"))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] if found is None else int(found[1])


def listening_process(port: int) -> int | None:
    """Who listens on a TCP port of this machine; None where nobody does, or whom this user may not see."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for process in Path("/proc").glob("[0-9]*") if sockets else ():
        if any(opened in sockets for opened in _opened_by(process)):
            return int(process.name)
    return None


def _opened_by(process: Path) -> Iterator[str]:
    """What its descriptors are; those of another user's are not shown, and one may be gone by the time it is looked at."""
    with suppress(OSError):
        for descriptor in process.joinpath("fd").iterdir():
            with suppress(OSError):
                yield str(descriptor.readlink())


def _listening_inodes(port: int) -> Iterator[str]:
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text(encoding="ascii").splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def may_write(directory: Path) -> bool:
    """Whether this user may make files there."""
    return os.access(directory, os.W_OK | os.X_OK)


def clock_is_kept() -> bool | None:
    """Whether something keeps the machine's clock right (NTP or the like); None where the kernel does not say."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        buffer = ctypes.create_string_buffer(_TIMEX_BYTES)  # modes 0: a question, nothing is set
        if library.adjtimex(buffer) < 0:
            return None
    except (OSError, AttributeError):
        return None
    return not int.from_bytes(buffer.raw[_STATUS_OFFSET : _STATUS_OFFSET + 4], "little") & _UNSYNCHRONISED


def look_at_disk(directory: Path) -> Disk:
    """Free space, and how long the disk takes: a file is written there `SYNC_TRIES` times and removed. Blocks.

    Raises:
        OSError: Nothing can be written there.
    """
    path = directory / f".breakout-doctor-{os.getpid()}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        seconds = sorted(_sync_once(descriptor) for _ in range(SYNC_TRIES))
    finally:
        os.close(descriptor)
        path.unlink()
    return Disk(shutil.disk_usage(directory).free, seconds[SYNC_TRIES // 2])


def _sync_once(descriptor: int) -> float:
    started = time.perf_counter()
    os.write(descriptor, bytes(4096))
    os.fsync(descriptor)
    return time.perf_counter() - started
