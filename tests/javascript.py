"""Runs JavaScript in tests: with the Node.js that Playwright brings along, so that every machine has the same one."""

import os
import subprocess
import sys
from pathlib import Path

import playwright
import pytest

ROOT = Path(__file__).parents[1]
JS = ROOT / "tests/js"
NODE = Path(playwright.__file__).parent / "driver/node"


def run_node(*arguments: str | Path, stdin: str | None = None, timeout_seconds: int = 120) -> str:
    """What the program prints; the test fails with it when the program does."""
    environment = os.environ | {"SERVER_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [NODE, *arguments], input=stdin, cwd=ROOT, env=environment, timeout=timeout_seconds,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.fail(done.stdout, pytrace=False)
    return done.stdout


def require_node_module(name: str) -> Path:
    """The folder of an npm package that checks need. Skips without npm's packages, except in a continuous integration."""
    folder = JS / "node_modules" / name
    if not folder.exists():
        missing = f"{name} is not installed; with npm: npm ci --prefix tests/js (`make test` does it where there is npm)"
        if os.environ.get("CI"):
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    return folder
