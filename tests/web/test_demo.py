"""`breakout demo` brings life into a session of a real server."""

import json
import subprocess
import sys
import time
import urllib.request
from typing import Any

import pytest

from tests.web.people import token
from tests.web.running_server import ROOT, START, RunningServer

pytestmark = pytest.mark.slow


def demo(server: RunningServer, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", START, "demo", "--url", server.url, "--db", str(server.db), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def rooms(server: RunningServer) -> list[dict[str, Any]]:
    given = token(server.url, "Olga Organizer", "MODERATOR", "demo")
    request = urllib.request.Request(f"{server.url}/api/sessions/demo/rooms", headers={"Authorization": f"Bearer {given}"})
    with urllib.request.urlopen(request) as response:
        found: list[dict[str, Any]] = json.load(response)["rooms"]
    return found


def test_demo_opens_rooms_and_seats_people_in_them(server: RunningServer) -> None:
    ended = demo(server, "--people", "12", "--pace", "20", "--seconds", "6")
    assert (ended.returncode, ended.stderr) == (0, "")
    found = rooms(server)
    assert len(found) == 6
    assert sum(room["participantCount"] for room in found) >= 6
    assert any(room["timer"] for room in found)


def test_demo_says_in_one_line_that_there_is_no_server(server: RunningServer) -> None:
    begun = time.monotonic()
    command = [sys.executable, "-c", START, "demo", "--url", "ws://127.0.0.1:9", "--db", str(server.db)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr.startswith("breakout: cannot connect to ws://127.0.0.1:9")
    assert ended.stderr.count("\n") == 1
    assert time.monotonic() - begun < 30
