"""What the figures were measured on: they mean nothing without it."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

NOISY_LOAD = 0.5
"""Processes waiting per core before a run; above it the figures are noisy."""


def machine(directory: Path) -> dict[str, Any]:
    """CPU, cores, memory, kernel, Python, how busy it was before the run, and what kind of file system `directory` is on."""
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return {
        "cpu": _field("/proc/cpuinfo", "model name") or platform.processor() or "unknown",
        "cores": cores,
        "memory_gib": round(int((_field("/proc/meminfo", "MemTotal") or "0").split()[0]) / 1024 / 1024, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "disk": file_system(directory),
        "commit": commit(),
        "load": round(load, 2),
        "noisy": load / cores > NOISY_LOAD,
    }


def line(found: dict[str, Any]) -> str:
    """One line for people."""
    noise = ", busy with other work: noisy" if found["noisy"] else ""
    return (
        f"{found['cpu']}, {found['cores']} cores, {found['memory_gib']} GiB, Linux {found['kernel']}, "
        f"Python {found['python']}, database on {found['disk']}, commit {found['commit'] or 'unknown'}, load {found['load']}{noise}"
    )


def commit() -> str | None:
    """The commit of the code, where it is a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def file_system(directory: Path) -> str:
    """Such as `ext4` or `tmpfs`: a commit costs what the disk takes to sync, and on some that is nothing."""
    try:
        mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    except OSError:
        return "unknown"
    above = {str(directory.resolve()), *map(str, directory.resolve().parents)}
    found = [(len(mount[4]), mount[mount.index("-") + 1]) for mount in mounts if mount[4] in above]
    return max(reversed(found), key=lambda one: one[0])[1] if found else "unknown"


def _field(path: str, name: str) -> str | None:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return None
    return next((text.partition(":")[2].strip() for text in lines if text.startswith(name)), None)
