"""CPU time and memory of a process, as the kernel counts them."""

import os
from pathlib import Path

from attrs import frozen

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
KIB = 1024
REALTIME_PRIORITY = 5


@frozen
class Usage:
    """What a process has used so far: CPU seconds of all its threads (in steps of 10 ms) and resident KiB now."""

    cpu_seconds: float
    resident_kib: int


def usage(pid: int) -> Usage:
    """Raises: ProcessLookupError: There is no such process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except FileNotFoundError:
        raise ProcessLookupError(f"process {pid} is gone") from None
    cpu_seconds = (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
    return Usage(cpu_seconds, pages * os.sysconf("SC_PAGE_SIZE") // KIB)


@frozen
class Place:
    """Where a process of the bench runs. Attributes: core: None is anywhere; realtime: See `hurry`."""

    core: int | None = None
    realtime: bool = False

    def take(self, pid: int) -> None:
        """Put the process there; threads that it has already stay where they are."""
        if self.core is not None:
            os.sched_setaffinity(pid, {self.core})
        if self.realtime:
            hurry(pid)


ANYWHERE = Place()


def cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


def hurry(pid: int) -> None:
    """Let the process run before every ordinary one (SCHED_RR), where other work on the machine would spoil the figures.

    Raises:
        PermissionError: Only root may.
    """
    os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(REALTIME_PRIORITY))


def open_files(pid: int) -> int:
    """How many descriptors the process holds."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
