"""What the figures were measured on: they mean nothing without it."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

NOISY_LOAD = 0.5
"""Processes waiting per core before a run; above it the figures are noisy."""


def machine() -> dict[str, Any]:
    """CPU, cores, memory, kernel, Python, and how busy it was before the run."""
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return {
        "cpu": _field("/proc/cpuinfo", "model name") or platform.processor() or "unknown",
        "cores": cores,
        "memory_gib": round(int((_field("/proc/meminfo", "MemTotal") or "0").split()[0]) / 1024 / 1024, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "commit": commit(),
        "load": round(load, 2),
        "noisy": load / cores > NOISY_LOAD,
    }


def line(found: dict[str, Any]) -> str:
    """One line for people."""
    noise = ", busy with other work: noisy" if found["noisy"] else ""
    return (
        f"{found['cpu']}, {found['cores']} cores, {found['memory_gib']} GiB, Linux {found['kernel']}, "
        f"Python {found['python']}, load {found['load']}{noise}"
    )


def commit() -> str | None:
    """The commit of the code, where it is a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def _field(path: str, name: str) -> str | None:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return None
    return next((text.partition(":")[2].strip() for text in lines if text.startswith(name)), None)
