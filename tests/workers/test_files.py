"""Sessions are with their owners before anybody is served, whatever there was before and wherever it was interrupted."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from breakout.identity import User
from gateway.start_refused import StartRefused
from gateway.workers import files
from gateway.workers.files import arrange, front_file, is_spread, store_files, worker_file
from gateway.workers.ownership import owner
from persistence import moving
from persistence.acts import Act, read_acts, write_act
from persistence.database import transaction
from persistence.moving import stored_session_ids
from tests.persistence.test_moving import fill, opened, picture

SESSIONS = tuple(f"s{n}" for n in range(9))


def found(db: Path) -> dict[str, tuple[int, Any]]:
    """Every session of a directory, with the number of its file and all there is to know of it."""
    sessions: dict[str, tuple[int, Any]] = {}
    for path in sorted(db.glob("worker-*.db")):
        number = int(path.stem.removeprefix("worker-"))
        with opened(path) as file:
            for session_id in stored_session_ids(file):
                assert session_id not in sessions, "a session is in two files"
                sessions[session_id] = number, picture(file, session_id)
    return sessions


def check_arranged(db: Path, workers: int, pictures: dict[str, Any]) -> None:
    sessions = found(db)
    assert {name: known for name, (_, known) in sessions.items()} == pictures
    assert {name: number for name, (number, _) in sessions.items()} == {name: owner(name, workers) for name in pictures}


async def single_file(db: Path, sessions: Sequence[str] = SESSIONS) -> dict[str, Any]:
    await fill(db, sessions, random.Random(11))
    with opened(db) as file:
        return {name: picture(file, name) for name in sessions}


async def test_sessions_of_a_single_file_are_spread_and_brought_together_again(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    pictures = await single_file(db)
    for workers in (3, 2, 5, 1, 4):
        arrange(db, workers)
        check_arranged(db, workers, pictures)
    assert not worker_file(db, 6).exists()
    assert worker_file(db, 5).exists(), "a file that is not needed any more was removed"


def test_new_directory_has_a_file_for_each_worker(tmp_path: Path) -> None:
    arrange(tmp_path / "breakout.db", 3)
    made = sorted(path.name for path in (tmp_path / "breakout.db").glob("*.db"))
    assert made == ["front.db", "worker-1.db", "worker-2.db", "worker-3.db"]
    assert is_spread(tmp_path / "breakout.db")
    assert not is_spread(tmp_path / "other.db")


class PowerCut(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("call", range(1, 5))
@pytest.mark.parametrize("then", [1, 2, 3])
async def test_file_that_was_becoming_a_directory_goes_on_to_become_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int, then: int
) -> None:
    db = tmp_path / "breakout.db"
    pictures = await single_file(db, SESSIONS[:3])
    calls = [0]

    def fragile(_: Path) -> None:
        calls[0] += 1
        if calls[0] == call:
            raise PowerCut

    with monkeypatch.context() as plan:
        plan.setattr(files, "sync", fragile)
        if call < 4:
            with pytest.raises(PowerCut):
                arrange(db, 2)
            assert is_spread(db), "a server without workers would begin a new file"
        else:
            arrange(db, 2)
    arrange(db, then)
    check_arranged(db, then, pictures)


@pytest.mark.parametrize("call", range(1, 4))
@pytest.mark.parametrize("then", [1, 2, 3, 4])
async def test_moves_that_were_interrupted_are_made_again_for_any_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int, then: int
) -> None:
    db = tmp_path / "breakout.db"
    pictures = await single_file(db)
    arrange(db, 1)
    monkeypatch.setattr(files, "SESSIONS_PER_STEP", 1)
    calls, plain = [0], moving.move_sessions

    def copies_only(source: Any, target: Any, session_ids: Sequence[str]) -> None:
        """The moment between the two commits of a move: both files hold the sessions."""
        calls[0] += 1
        if calls[0] == call:
            with opened(tmp_path / "aside.db") as aside:
                plain(source, aside, session_ids)
                plain(aside, target, session_ids)
                copy_back(target, source, session_ids)
            raise PowerCut
        plain(source, target, session_ids)

    with monkeypatch.context() as plan:
        plan.setattr(files, "move_sessions", copies_only)
        with pytest.raises(PowerCut):
            arrange(db, 4)
    arrange(db, then)
    check_arranged(db, then, pictures)


def copy_back(source: Any, target: Any, session_ids: Sequence[str]) -> None:
    with transaction(target):
        tables = moving._tables(source.conn)
        for session_id in session_ids:
            moving._copy(source.conn, target, tables, session_id)


async def test_file_in_use_is_refused_and_stays_a_file(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    await single_file(db, SESSIONS[:1])
    with opened(db), pytest.raises(StartRefused, match="in use"):
        arrange(db, 2)
    assert db.is_file()


async def test_worker_file_in_use_is_refused_and_nothing_is_moved(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    pictures = await single_file(db)
    arrange(db, 2)
    with opened(worker_file(db, 2)), pytest.raises(StartRefused, match="in use"):
        arrange(db, 3)
    check_arranged(db, 2, pictures)


def test_file_of_another_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "breakout.db").write_text("no database", encoding="utf-8")
    with pytest.raises(StartRefused, match="not an SQLite database"):
        arrange(tmp_path / "breakout.db", 2)
    assert (tmp_path / "breakout.db").read_text(encoding="utf-8") == "no database"


def test_directory_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "breakout.db").touch()
    with pytest.raises(StartRefused, match="directory of something else"):
        arrange(tmp_path, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["breakout.db"]
    assert not is_spread(tmp_path), "without workers it is refused as a directory, as ever"


def test_empty_directory_is_taken(tmp_path: Path) -> None:
    arrange(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["front.db", "worker-1.db", "worker-2.db"]


def test_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="No such file or directory"):
        arrange(tmp_path / "missing" / "breakout.db", 2)


async def test_two_candidates_for_the_first_file_are_left_to_the_operator(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    await single_file(tmp_path / "breakout.db.moving", SESSIONS[:1])
    db.mkdir()
    worker_file(db, 1).touch()
    with pytest.raises(StartRefused, match=r"both .* are there"):
        arrange(db, 2)
    assert (tmp_path / "breakout.db.moving").exists()


async def test_move_that_takes_long_says_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = tmp_path / "breakout.db"
    await single_file(db)
    monkeypatch.setattr(files, "SESSIONS_PER_STEP", 1)
    seconds = iter(range(0, 1_000, 3))
    with capture_logs() as lines:
        arrange(db, 3, clock=lambda: float(next(seconds)))
    progress = [(line["moved"], line["of"]) for line in lines if line["event"] == "sessions moved"]
    total = sum(owner(name, 3) != 1 for name in SESSIONS)
    assert progress == [(n, total) for n in range(1, total + 1)]


def kept(path: Path) -> list[Act]:
    """Acts, oldest first."""
    with opened(path) as file:
        return list(read_acts(file, None, 1_000))[::-1]


def keep(path: Path, act: Act) -> None:
    with opened(path) as file:
        write_act(file, act)


def test_what_operators_did_is_in_the_file_of_the_process_that_answers(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    otto = User("otto", "Otto", "Op")
    keep(db, Act(1, otto, "server.backup", "alone", "done"))
    arrange(db, 3)
    assert [act.target for act in kept(front_file(db))] == ["alone"]
    keep(front_file(db), Act(2, otto, "server.backup", "of three", "done"))
    for number in (1, 3):
        keep(worker_file(db, number), Act(2 + number, otto, "room.restart", f"by {number}", "done"))
    everything = ["alone", "of three", "by 1", "by 3"]
    for workers, answering in ((2, front_file(db)), (1, worker_file(db, 1)), (4, front_file(db))):
        arrange(db, workers)
        assert [act.target for act in kept(answering)] == everything
        others = [front_file(db), *(worker_file(db, number) for number in range(1, 4))]
        assert [kept(path) for path in others if path != answering] == [[]] * 3


def test_only_worker_needs_no_file_for_a_front(tmp_path: Path) -> None:
    arrange(tmp_path, 1)
    assert [path.name for path in store_files(tmp_path)] == ["worker-1.db"]
    arrange(tmp_path, 2)
    assert [path.name for path in store_files(tmp_path)] == ["front.db", "worker-1.db", "worker-2.db"]
    assert store_files(tmp_path / "missing") == []
