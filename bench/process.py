"""CPU time and memory of a process, as the kernel counts them."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

KIB = 1024
REALTIME_PRIORITY = 5
CPU_CLOCK = 2
"""`CPUCLOCK_SCHED` of Linux: with a process id it makes the id of that process' CPU clock, which counts in nanoseconds."""


class RealtimeRefused(Exception):
    """This user may not run anything before all other work."""


@frozen
class Usage:
    """What a process has used so far: CPU seconds of all its threads, those that ended included, and resident KiB now."""

    cpu_seconds: float
    resident_kib: int


def usage(pid: int) -> Usage:
    """Raises: ProcessLookupError: There is no such process."""
    try:
        cpu_seconds = time.clock_gettime((~pid << 3) | CPU_CLOCK)
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        raise ProcessLookupError(f"process {pid} is gone") from None
    return Usage(cpu_seconds, pages * os.sysconf("SC_PAGE_SIZE") // KIB)


def busy_seconds(pid: int | None = None) -> float:
    """CPU seconds of a process, this one by default, and those in which its first thread was ready and had to wait for a core.

    A process that had to wait is as late as one that had too much to do. Raises: ProcessLookupError: There is no such process.
    """
    pid = os.getpid() if pid is None else pid
    try:
        waited = int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except FileNotFoundError:
        waited = 0.0  # a kernel that does not count it
    return usage(pid).cpu_seconds + waited


def family(pid: int) -> list[int]:
    """The process, and those that it started and that run, oldest first."""
    children: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += map(int, path.read_text().split())
        except OSError:
            continue  # that thread has just ended
    return [pid, *(each for child in sorted(children) for each in family(child))]


@frozen
class Place:
    """Where a process of the bench runs. Attributes: cores: Empty is anywhere; realtime: See `hurry`."""

    cores: Sequence[int] = ()
    realtime: bool = False

    def take(self, pid: int) -> None:
        """Put the process there; threads that it has already stay where they are."""
        if self.cores:
            os.sched_setaffinity(pid, self.cores)
        if self.realtime:
            hurry(pid)


ANYWHERE = Place()


def cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


def hurry(pid: int) -> None:
    """Let the process run before every ordinary one (SCHED_RR), where other work on the machine would spoil the figures.

    Raises:
        RealtimeRefused: Only root may, or who has CAP_SYS_NICE.
    """
    try:
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(REALTIME_PRIORITY))
    except PermissionError:
        raise RealtimeRefused("--realtime needs root or CAP_SYS_NICE; leave it out, or run with sudo") from None


def open_files(pid: int) -> int:
    """How many descriptors the process holds."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
