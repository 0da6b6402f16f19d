"""What may be wrong with the file, and what is said about it."""

import ctypes
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from persistence import PersistenceSettings
from persistence.database import close_database, open_database, transaction
from persistence.examine import examine
from persistence.refusal import (
    CorruptDatabase,
    DatabaseInUse,
    DirectoryMissing,
    ForeignDatabase,
    NotADatabase,
    StoreRefused,
    UnexpectedMode,
    Unwritable,
)
from persistence.schema import upgrade

SETTINGS = PersistenceSettings()

HOLD = """
import sys
from contextlib import closing
from pathlib import Path
from persistence import PersistenceSettings
from persistence.database import open_database
db = open_database(Path(sys.argv[1]), PersistenceSettings())
print("open", flush=True)
sys.stdin.read()
"""


def make(path: Path, rows: int = 0) -> None:
    """A database of ours, closed, with `rows` users in it."""
    db = open_database(path, SETTINGS)
    upgrade(db, path)
    users = [("s", f"user {n}", "First", "Last", n) for n in range(rows)]
    with transaction(db) as conn:
        conn.executemany("INSERT INTO breakout_users VALUES (?, ?, ?, ?, ?)", users)
    close_database(db)


def refusal(path: Path, settings: PersistenceSettings = SETTINGS) -> StoreRefused:
    with pytest.raises(StoreRefused) as refused:
        open_database(path, settings)
    assert str(path) in str(refused.value)
    return refused.value


def obey_file_modes() -> None:
    """Take from root, for the program started next, the right to write what is read-only."""
    pr_capbset_drop, cap_dac_override = 24, 1
    ctypes.CDLL(None).prctl(pr_capbset_drop, cap_dac_override)


def test_new_file_has_the_durable_modes_and_our_mark(path: Path) -> None:
    db = open_database(path, SETTINGS)
    modes = [db.conn.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "locking_mode")]
    close_database(db)
    assert modes == ["wal", 2, "exclusive"]
    assert path.read_bytes()[68:72] == b"BRKT"


def test_closed_file_has_no_wal_beside_it(path: Path) -> None:
    make(path, rows=100)
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_missing_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DirectoryMissing, match="no directory"):
        open_database(tmp_path / "none" / "b.db", SETTINGS)


def test_directory_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert type(refusal(tmp_path)) is Unwritable


def test_place_where_no_file_can_be_made_is_refused() -> None:
    assert type(refusal(Path("/proc/breakout.db"))) is Unwritable


def test_read_only_file_is_refused_and_unchanged(path: Path) -> None:
    make(path)
    before = path.read_bytes()
    path.chmod(0o444)
    command = [sys.executable, "-c", HOLD, str(path)]
    tried = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=obey_file_modes)
    assert "persistence.refusal.Unwritable" in tried.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database, but long enough to look at" * 100, b"\x00" * 4096])
def test_file_that_is_something_else_is_refused_and_unchanged(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert type(refusal(path)) is NotADatabase
    assert path.read_bytes() == content


def test_database_of_another_program_is_refused_and_unchanged(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE guests (name TEXT)")
    other.close()
    before = path.read_bytes()
    assert type(refusal(path)) is ForeignDatabase
    assert path.read_bytes() == before


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_truncated_file_is_refused(path: Path, kept: float) -> None:
    make(path, rows=5_000)
    os.truncate(path, int(path.stat().st_size * kept))
    assert type(refusal(path)) is CorruptDatabase


def damage(path: Path, table: str) -> None:
    """Spoil a page of a table in the middle of the file."""
    with closing(sqlite3.connect(path)) as conn:
        root = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()[0]
        size = conn.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.parametrize("table", ["breakout_users", "breakout_rooms", "journal", "breakout_messages"])
def test_damaged_page_is_refused_and_the_file_unchanged(path: Path, table: str) -> None:
    make(path, rows=5_000)
    damage(path, table)
    before = path.read_bytes()
    assert type(refusal(path)) is CorruptDatabase
    assert path.read_bytes() == before
    assert examine(path).state == "refused"


def test_large_file_is_checked_where_a_start_reads_and_whole_by_the_doctor(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make(path, rows=5_000)
    damage(path, "breakout_messages")
    close_database(open_database(path, PersistenceSettings(check_bytes=0)))
    assert "breakout doctor" in caplog.text
    assert "damaged" in examine(path).problem
    damage(path, "breakout_users")
    assert type(refusal(path, PersistenceSettings(check_bytes=0))) is CorruptDatabase


def test_large_file_that_is_cut_short_is_refused(path: Path) -> None:
    make(path, rows=5_000)
    os.truncate(path, path.stat().st_size - 4096)
    assert type(refusal(path, PersistenceSettings(check_bytes=0))) is CorruptDatabase


def test_new_file_is_made_where_only_small_ones_are_checked(path: Path) -> None:
    close_database(open_database(path, PersistenceSettings(check_bytes=0)))


def test_file_in_use_by_another_process_is_refused_until_that_ends(path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        assert type(refusal(path)) is DatabaseInUse
        other.kill()
    close_database(open_database(path, SETTINGS))


def test_file_in_use_by_a_reader_of_another_process_can_not_be_half_opened(path: Path) -> None:
    make(path, rows=10)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM breakout_users").fetchall()
    assert type(refusal(path)) is DatabaseInUse
    reader.close()
    close_database(open_database(path, SETTINGS))


def test_modes_that_sqlite_does_not_take_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("persistence.database.SYNCHRONOUS_LEVELS", {"FULL": 3})
    with pytest.raises(UnexpectedMode, match="synchronous=2"):
        open_database(path, SETTINGS)


def test_transaction_leaves_nothing_of_a_block_that_fails(path: Path) -> None:
    make(path)
    db = open_database(path, SETTINGS)
    with pytest.raises(sqlite3.IntegrityError), transaction(db) as conn:
        conn.executemany("INSERT INTO breakout_users VALUES ('s', ?, '', '', 1)", [("u",), ("v",), ("u",)])
    assert db.execute("SELECT count(*) FROM breakout_users").fetchone() == (0,)
    close_database(db)
