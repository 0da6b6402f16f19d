"""What a newcomer's first commands rely on: the pins, the Makefile and the console script."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

RUNTIME = ROOT / "requirements.txt"
DEVELOPMENT = ROOT / "requirements-dev.txt"


def pins(path):
    """Version of every requirement, with the number of its hashes."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    entries = re.split(r"\n(?=\S)", "\n".join(lines).strip())
    parts = [entry.partition("==") for entry in entries]
    return {name: (rest.split()[0], rest.count("--hash=sha256:")) for name, _, rest in parts}


def names(requirements):
    return {name for requirement in requirements for name in re.findall(r"^[a-z0-9-]+", requirement)}


@pytest.mark.parametrize("path", [RUNTIME, DEVELOPMENT], ids=lambda path: path.name)
def test_every_requirement_is_pinned_with_hashes(path):
    assert [name for name, (_, hashes) in pins(path).items() if hashes == 0] == []


@pytest.mark.parametrize("path", [RUNTIME, DEVELOPMENT], ids=lambda path: path.name)
def test_requirements_name_no_place_to_fetch_them_from(path):
    wrong = re.findall(r"://|--(?:extra-)?index-url|--find-links|--trusted-host", path.read_text(encoding="utf-8"))
    assert wrong == []


def test_pins_have_everything_that_the_project_asks_for():
    extras = PROJECT["optional-dependencies"]
    assert names(PROJECT["dependencies"]) | names(extras["build"]) <= set(pins(RUNTIME))
    assert names(extras["test"]) <= set(pins(DEVELOPMENT))


def test_development_has_the_same_versions_as_run_time():
    development = pins(DEVELOPMENT)
    assert {name: pin for name, pin in pins(RUNTIME).items() if development.get(name) != pin} == {}


def test_console_script_exists():
    module, _, function = PROJECT["scripts"]["breakout"].partition(":")
    program = f"import {module}; assert callable({module}.{function})"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=30)


def test_help_imports_nothing_heavy():
    """A wrong option must be answered at once; what takes long to import belongs inside the commands."""
    program = """
import sys, contextlib, io
from gateway.cli import main
with contextlib.redirect_stdout(io.StringIO()):
    main(["--help"], standalone_mode=False)
heavy = {"trio", "trio_websocket", "starlette", "httpx", "jwt", "rich", "cattrs", "sqlite_utils", "pykka"}
print(*sorted(heavy & set(sys.modules)))
"""
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=30, capture_output=True, text=True)
    assert result.stdout.strip() == ""


def make(*args, **environ):
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *args], cwd=ROOT, env={**variables, **environ}, capture_output=True, text=True, timeout=30, check=False
    )


needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="no make here")


@needs_make
def test_make_help_lists_what_can_be_made():
    listed = re.findall(r"^  make ([a-z-]+) ", make("help").stdout, re.MULTILINE)
    assert {"help", "run", "test", "lint", "clean"} <= set(listed)


def fake_python(directory, program):
    path = directory / "fakepython"
    path.write_text(f"#!/bin/sh\n{program}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@needs_make
@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ("sys.version_info = (3, 10, 2)", "needs Python 3.11 or newer"),
        ("sys.modules['ensurepip'] = None", "apt-get install python3-venv"),
    ],
)
def test_make_says_in_one_line_what_python_lacks(tmp_path, patch, message):
    python = fake_python(tmp_path, f'exec {sys.executable} -c "import sys; {patch}; exec(sys.argv[1])" "$2"')
    result = make("run", f"PYTHON={python}", f"VENV={tmp_path}/venv", "UV=")
    lines = [line for line in result.stderr.splitlines() if not line.startswith("make:")]
    assert result.returncode != 0
    assert len(lines) == 1
    assert message in lines[0]


@needs_make
def test_make_says_in_one_line_that_there_is_no_python(tmp_path):
    result = make("run", f"PYTHON={tmp_path}/none", f"VENV={tmp_path}/venv", "UV=")
    assert "install Python 3.11 or newer" in result.stderr
