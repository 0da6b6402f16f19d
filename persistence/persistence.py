"""What opens the store and closes it again."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from attrs import frozen
from sqlite_utils import Database

from persistence.commit import last_position
from persistence.database import close_database, open_database
from persistence.journal import Journal
from persistence.lane import Lane
from persistence.refusal import refusal_of
from persistence.retention import Retention
from persistence.schema import upgrade
from persistence.settings import PersistenceSettings
from persistence.store import Store


@frozen
class Persistence:
    journal: Journal
    store: Store


@asynccontextmanager
async def open_persistence(
    path: Path, settings: PersistenceSettings, *, after_batch: Callable[[], None]
) -> AsyncIterator[Persistence]:
    """The journal and the store of one file, created if need be and upgraded after a backup.

    `after_batch` is called on the event loop after the callbacks of each batch, committed or failed. On leaving, also by
    cancellation or an error, everything submitted is committed and reported, and the file closed; this is not cancellable
    and takes as long as the disk. An error of the body comes out in an ExceptionGroup, as from a nursery.

    Raises:
        StoreRefused: The file cannot be used; the kind and the message say why. It is unchanged.
        BackupRefused: The copy before an upgrade could not be made. Nothing is changed.
    """
    db = await trio.to_thread.run_sync(open_file, Path(path), settings)
    lane = Lane(db)
    try:
        journal = Journal(lane, settings, after_batch, position=await lane.run(last_position))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(journal.run)
            try:
                yield Persistence(journal, Store(lane, journal, Retention(settings.retention_seconds)))
            finally:
                journal.close()
    finally:
        with trio.CancelScope(shield=True):
            await lane.run(close_database)


def open_file(path: Path, settings: PersistenceSettings) -> Database:
    """The file, created if need be and upgraded after a backup, and locked until it is closed. Blocks.

    Raises:
        StoreRefused, BackupRefused: As `open_persistence`.
    """
    db = open_database(path, settings)
    try:
        upgrade(db, path)
    except sqlite3.Error as error:
        close_database(db)
        raise refusal_of(error, path) from error
    except BaseException:
        close_database(db)
        raise
    return db
