"""What a server needs of its machine, as far as it can be asked: clock, descriptors, disk."""

import ctypes
import os
import resource
import shutil
import time
from pathlib import Path
from typing import Final

from attrs import frozen

SYNC_TRIES: Final = 20

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


def max_descriptors() -> int:
    """How many files and sockets a process of this user may have open, as a server started here would."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


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
