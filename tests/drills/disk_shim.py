"""Compiles `disk_shim.c`, which records, slows and fails what a process does to its files."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

SOURCE = Path(__file__).with_name("disk_shim.c")


needs_gcc = pytest.mark.skipif(
    shutil.which("gcc") is None and not os.environ.get("CI"), reason="needs gcc to stand between the server and its disk"
)


@cache
def library() -> Path:
    """The compiled shim, made once per process."""
    made = Path(mkdtemp(prefix="breakout-shim-")) / "disk_shim.so"
    flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-D_LARGEFILE64_SOURCE"]
    subprocess.run(["gcc", *flags, "-o", str(made), str(SOURCE), "-ldl"], check=True)
    return made


def preload(directory: Path, **variables: str) -> dict[str, str]:
    """The environment of a process whose files under `directory` are watched; see the C file for `variables`."""
    return {"LD_PRELOAD": str(library()), "DRILL_UNDER": str(directory), **variables}
