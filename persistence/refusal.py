"""Why the store does not open a file, or does not take a change.

StoreRefused           the server does not start; the file was not changed
├── DirectoryMissing   there is no such directory
├── Unwritable         no permission, a read-only or full disk, a directory in the file's place
├── NotADatabase       the file is something else
├── ForeignDatabase    an SQLite database, but not of this program
├── CorruptDatabase    damaged or cut short
├── DatabaseInUse      another process has it open
├── SchemaTooNew       written by a later version of this program
└── UnexpectedMode     SQLite did not take the durability settings asked for
BackupRefused          there is a file of that name, or it cannot be written; nothing was left behind
Unstorable             a change holds what no file can take; nothing was queued
"""

import sqlite3
from pathlib import Path


class StoreRefused(Exception):
    """The store cannot be opened; the message is one sentence that names the file and what to do."""


class DirectoryMissing(StoreRefused):
    pass


class Unwritable(StoreRefused):
    pass


class NotADatabase(StoreRefused):
    pass


class ForeignDatabase(StoreRefused):
    pass


class CorruptDatabase(StoreRefused):
    pass


class DatabaseInUse(StoreRefused):
    pass


class SchemaTooNew(StoreRefused):
    pass


class UnexpectedMode(StoreRefused):
    pass


class BackupRefused(Exception):
    """The backup was not made; the store goes on as before."""


class Unstorable(ValueError):
    """A lone surrogate, a number beyond 53 bits, a wrong type: a bug of whoever made the change, which was not queued."""


_BY_CODE: dict[str, tuple[type[StoreRefused], str]] = {
    "SQLITE_NOTADB": (NotADatabase, "is not an SQLite database; move it away or name another file"),
    "SQLITE_CORRUPT": (CorruptDatabase, "is damaged; restore a backup"),
    "SQLITE_BUSY": (DatabaseInUse, "is in use by another process; stop that server or name another file"),
    "SQLITE_LOCKED": (DatabaseInUse, "is in use by another process; stop that server or name another file"),
}


def refusal_of(error: sqlite3.Error, path: Path) -> StoreRefused:
    """The refusal that SQLite's error on opening `path` amounts to."""
    code = "_".join((getattr(error, "sqlite_errorname", None) or "SQLITE_ERROR").split("_")[:2])
    kind, reason = _BY_CODE.get(code, (Unwritable, "cannot be opened for writing"))
    return kind(f"{path} {reason} ({error})")
