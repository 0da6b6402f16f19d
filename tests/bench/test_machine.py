from pathlib import Path

from bench.machine import file_system, line, machine
from bench.node import SOCKETIO
from bench.versions import version_of


def test_file_system_is_that_of_the_nearest_mount_above():
    assert file_system(Path("/proc/self")) == "proc"
    assert file_system(Path("/")) != "unknown"


def test_machine_line_says_where_the_database_is_and_which_code_ran(tmp_path):
    found = machine(tmp_path)
    assert f"database on {found['disk']}, commit " in line(found)


def test_versions_are_of_what_was_loaded(monkeypatch):
    monkeypatch.setattr("bench.versions.node_version", lambda: "v18.1.0")
    assert version_of("socketio") == f"{SOCKETIO}, Node v18.1.0"
    assert version_of("floor").startswith("on Python 3")
    assert version_of("websockets")[0].isdigit()
