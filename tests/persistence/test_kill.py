"""`kill -9` in the middle of commits: what was acknowledged is there afterwards, and the control shows the drill bites."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from breakout import room_events as ev
from persistence import PersistenceSettings, open_persistence
from tests.fakes.changes import NOW, change, store


def acknowledged_before_kill(path: Path, mode: str, at_least: int) -> set[int]:
    """Let a process store messages, kill it, and give the numbers it acknowledged."""
    command = [sys.executable, "-m", "tests.fakes.storing_process", str(path), mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(at_least)]
        process.kill()
        lines += process.stdout.readlines()
    assert process.returncode == -9
    return {int(line) for line in lines if line.endswith("\n")}


def stored(path: Path) -> set[int]:
    with closing(sqlite3.connect(path)) as conn:
        return {int(row[0][1:]) for row in conn.execute("SELECT id FROM breakout_messages")}


@pytest.mark.parametrize("at_least", [1, 60, 400])
def test_nothing_acknowledged_is_lost_by_a_kill(path: Path, at_least: int) -> None:
    acknowledged = acknowledged_before_kill(path, "honest", at_least)
    assert len(acknowledged) >= at_least
    assert acknowledged - stored(path) == set()


def test_journal_that_acknowledges_early_is_caught(path: Path) -> None:
    acknowledged = acknowledged_before_kill(path, "early", 60)
    assert acknowledged - stored(path) != set()


async def test_killed_file_opens_as_it_was_and_takes_changes(path: Path) -> None:
    acknowledged = acknowledged_before_kill(path, "honest", 150)
    async with open_persistence(path, PersistenceSettings(), after_batch=lambda: None) as opened:
        loaded = await opened.store.load_room("s1", "r1")
        assert loaded is not None
        assert max(acknowledged) <= int(loaded.state.messages[-1].id[1:])
        assert await store(opened.journal, [change(ev.SpokeFor("ana", 1))]) == [loaded.position + 1]
        assert (await opened.store.load_session("s1", now=NOW)).position == loaded.position + 1
