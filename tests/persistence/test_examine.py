"""A look at a database without a server."""

from pathlib import Path

import pytest

from persistence import Persistence, PersistenceSettings
from persistence.database import close_database, open_database
from persistence.examine import DatabaseReport, examine
from persistence.schema import MIGRATIONS
from tests.fakes.changes import created, store
from tests.persistence.conftest import Opener


def test_file_that_is_not_there_is_missing_and_is_not_made(path: Path) -> None:
    assert examine(path) == DatabaseReport("missing")
    assert not path.exists()


async def test_file_of_a_running_server_is_in_use(persistence: Persistence, path: Path) -> None:
    await store(persistence.journal, [created()])
    assert examine(path).state == "in use"


async def test_file_of_a_stopped_server_is_good_and_as_durable_as_promised(opener: Opener, path: Path) -> None:
    async with opener() as opened:
        await store(opened.journal, [created()])
    found = examine(path)
    assert (found.state, found.journal_mode, found.synchronous, found.pending) == ("good", "wal", 2, ())
    assert found.bytes > 4096


def test_file_before_its_first_migration_names_what_is_pending(path: Path) -> None:
    close_database(open_database(path, PersistenceSettings()))
    assert examine(path).pending == tuple(migration.name for migration in MIGRATIONS._migrations)


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 5_000])
def test_file_that_is_no_database_is_refused_with_the_reason(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    found = examine(path)
    assert found.state == "refused"
    assert str(path) in found.problem
    assert path.read_bytes() == content


async def test_file_of_a_later_version_is_refused(opener: Opener, path: Path) -> None:
    renamed = "UPDATE _sqlite_migrations SET name = '999_later' WHERE name = (SELECT max(name) FROM _sqlite_migrations)"
    async with opener() as opened:
        assert await opened.store._lane.run(lambda db: db.conn.execute(renamed).rowcount) == 1
    found = examine(path)
    assert found.state == "refused"
    assert "written by a later version (999_later)" in found.problem
