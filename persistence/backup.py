"""A consistent copy of the database, made through the running server."""

import os
import sqlite3
from itertools import count
from pathlib import Path

from sqlite_utils import Database

from persistence.refusal import BackupRefused


def back_up(db: Database, target: Path) -> None:
    """Write a copy to `target`, on disk when this returns. Blocks; commits wait meanwhile (about 0.4 s per 100 MB on an SSD).

    The copy appears under its name only when it is whole, and never replaces a file.

    Raises:
        BackupRefused: `target` exists, or cannot be written. Nothing is left behind.
    """
    if target.exists():
        raise BackupRefused(f"{target} exists; name a new file")
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        db.conn.execute("VACUUM INTO ?", [str(partial)])
        sync(partial)
        os.link(partial, target)  # unlike a rename, refuses a file that appeared meanwhile
        partial.unlink()
        sync(target.parent)
    except (sqlite3.Error, OSError) as error:
        partial.unlink(missing_ok=True)
        raise BackupRefused(f"{target} cannot be written ({error})") from error


def free_name(path: Path) -> Path:
    """`path`, or the first of `path.1`, `path.2`, ... that does not exist."""
    if not path.exists():
        return path
    return next(other for n in count(1) if not (other := path.with_name(f"{path.name}.{n}")).exists())


def sync(path: Path) -> None:
    """Have a file's content, or the names in a directory, on disk when this returns. Blocks. Raises: OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
