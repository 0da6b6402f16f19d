"""A file system of its own that is soon full, where this process may mount one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MAY_MOUNT = 1 << 21
"""CAP_SYS_ADMIN. A container's root often lacks it; who has it and cannot mount is not to pass over it in CI."""


def _capabilities() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("CapEff:")).split()[1], 16)


@contextmanager
def mounted(place: Path, size: int) -> Iterator[None]:
    """`size` bytes of memory as a file system at `place`. Skips the test without the right to it, which in CI must be so."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        if os.environ.get("CI") and _capabilities() & MAY_MOUNT:
            raise
        pytest.skip("may not mount a file system here; a disk that says it is full is in tests/drills/test_disk.py")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)
