import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from persistence import PersistenceSettings
from persistence.database import close_database, open_database
from persistence.refusal import BackupRefused, SchemaTooNew
from persistence.schema import MIGRATIONS, create_operator_acts, create_revoked_users, create_tables, upgrade


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    opened = open_database(path, PersistenceSettings())
    yield opened
    close_database(opened)


def later_migrations(*, fails: bool = False) -> Migrations:
    """Ours and one more."""
    migrations = Migrations("breakout")
    migrations(name="001_journal_snapshots_projections")(create_tables)
    migrations(name="002_operator_acts")(create_operator_acts)
    migrations(name="003_revoked_users")(create_revoked_users)

    @migrations(name="999_colours")
    def add_colours(db: Database) -> None:
        db.conn.execute("CREATE TABLE colours (name TEXT) STRICT")
        if fails:
            raise RuntimeError

    return migrations


def test_every_table_is_strict_and_all_but_the_journal_have_no_rowid(db: Database, path: Path) -> None:
    upgrade(db, path)
    ours = {
        row[1]: (row[4], row[5])
        for row in db.execute("PRAGMA table_list").fetchall()
        if not row[1].startswith(("sqlite_", "_sqlite"))
    }
    assert ours.pop("journal") == (0, 1)
    assert set(ours.values()) == {(1, 1)}


def test_upgrade_changes_nothing_when_it_runs_again(db: Database, path: Path) -> None:
    upgrade(db, path)
    before = db.schema
    upgrade(db, path)
    assert db.schema == before
    assert not list(path.parent.glob("*.before-*"))


def test_upgrade_of_an_older_file_keeps_a_copy_of_it(db: Database, path: Path) -> None:
    upgrade(db, path)
    db.execute("INSERT INTO breakout_users VALUES ('s', 'u', '', '', 1)")
    upgrade(db, path, later_migrations())
    assert db["colours"].exists()
    copy = path.with_name("breakout.db.before-999_colours")
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT user_id FROM breakout_users").fetchall() == [("u",)]
        assert not old.execute("SELECT name FROM sqlite_master WHERE name = 'colours'").fetchall()


def test_failed_upgrade_leaves_the_schema_as_it_was_and_a_second_keeps_both_copies(db: Database, path: Path) -> None:
    upgrade(db, path)
    before = db.schema
    for _ in range(2):
        with pytest.raises(RuntimeError):
            upgrade(db, path, later_migrations(fails=True))
    assert db.schema == before
    assert sorted(found.name for found in path.parent.glob("*.before-*")) == [
        "breakout.db.before-999_colours", "breakout.db.before-999_colours.1",
    ]  # fmt: skip


def test_upgrade_does_not_happen_when_its_copy_cannot_be_made(
    db: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(db, path)
    monkeypatch.setattr("persistence.schema.free_name", lambda _: Path("/proc/copy.db"))
    with pytest.raises(BackupRefused):
        upgrade(db, path, later_migrations())
    assert not db["colours"].exists()


def test_file_of_a_later_version_is_refused(db: Database, path: Path) -> None:
    upgrade(db, path, later_migrations())
    with pytest.raises(SchemaTooNew, match="999_colours"):
        upgrade(db, path, MIGRATIONS)
