"""The files of a server with several workers: `db` is a directory with `worker-1.db`, `worker-2.db`, ... and `front.db` in it.

Before anybody is served, every session is brought into the file of the worker that owns it (`arrange`), from whatever files there
are: of more workers or fewer, or the single file of a server that had none. Files of workers that are no more stay, empty. What
operators did and whom they revoked goes along: all of it into the file of the process that answers for the whole server, the front
or the only worker.

    breakout.db (a file) ─> breakout.db.moving ─> breakout.db/worker-1.db ─> the sessions that others own, into their files

A kill at any moment loses nothing: each step is made again, or goes on, at the next start, with whatever number of workers.
"""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import structlog

from gateway.start_refused import StartRefused
from gateway.store_refused import start_refused
from gateway.workers.ownership import owner
from persistence.backup import sync
from persistence.moving import (
    close_store_file,
    move_acts,
    move_revocations,
    move_sessions,
    open_store_file,
    settle_file,
    stored_session_ids,
)
from persistence.refusal import BackupRefused, StoreRefused

log = structlog.get_logger(__name__)

FILE_NAME: Final = re.compile(r"worker-([1-9][0-9]{0,3})\.db\Z")

FRONT: Final = 0
"""The number of the front's file, which has no sessions."""

SESSIONS_PER_STEP: Final = 100
"""Moved in one pair of commits."""

PROGRESS_SECONDS: Final = 2.0
"""How often a move that takes long says how far it is."""

Files = Mapping[int, Any]
"""Open files by their numbers."""


def worker_file(directory: Path, number: int) -> Path:
    return directory / f"worker-{number}.db"


def front_file(directory: Path) -> Path:
    """Where the front keeps what operators did to the whole server, and all that they did before it was started."""
    return directory / "front.db"


def store_files(db: Path) -> list[Path]:
    """All that are there, the front's first."""
    return [_file(db, number) for number in sorted(_numbers(db))] if db.is_dir() else []


def is_spread(db: Path) -> bool:
    """Whether there is a directory of workers' files, or one in the making."""
    return bool(_numbers(db) - {FRONT} if db.is_dir() else ()) or _aside(db).exists()


def arrange(db: Path, workers: int, clock: Callable[[], float] = time.monotonic) -> None:
    """Make `db` a directory in which each session is in the file of its owner among `workers`. Blocks, for as long as it takes.

    Raises:
        StartRefused: A file is in use or cannot be used, or there is no space. Nothing is lost.
    """
    try:
        _become_directory(db)
        with ExitStack() as closing:
            files = {number: _open(_file(db, number), closing) for number in sorted(_numbers(db) | _needed(workers))}
            _move_all(files, workers, clock)
            _gather(files, FRONT if FRONT in _needed(workers) else 1)
    except (StoreRefused, BackupRefused) as refused:
        raise start_refused(refused) from None
    except OSError as error:
        raise StartRefused(f"{db} cannot be used for workers: {error.strerror or error}") from None


def _become_directory(db: Path) -> None:
    """Turn a file into the first of a directory; go on with what was begun before a kill."""
    aside = _aside(db)
    if db.is_dir() and not is_spread(db) and any(db.iterdir()):
        raise StartRefused(f"{db} is a directory of something else; name the database's file, or a directory of its own")
    if db.is_file() and not aside.exists():
        log.info("the database becomes a directory", file=str(db), first=str(worker_file(db, 1)))
        settle_file(db)
        db.rename(aside)
        sync(db.parent)
    db.mkdir(mode=0o700, exist_ok=True)
    if aside.exists():
        first = worker_file(db, 1)
        if first.exists():
            raise StartRefused(f"both {aside} and {first} are there; move away the one that is not wanted")
        aside.rename(first)
        sync(db)
    sync(db.parent)


def _aside(db: Path) -> Path:
    return db.with_name(f"{db.name}.moving")


def _numbers(directory: Path) -> set[int]:
    found = (FILE_NAME.match(path.name) for path in directory.iterdir())
    numbers = {int(match.group(1)) for match in found if match}
    return numbers | {FRONT} if front_file(directory).exists() else numbers


def _needed(workers: int) -> set[int]:
    """A worker that is the only one serves without a front."""
    return set(range(1 if workers == 1 else FRONT, workers + 1))


def _file(directory: Path, number: int) -> Path:
    return front_file(directory) if number == FRONT else worker_file(directory, number)


def _open(path: Path, closing: ExitStack) -> Any:
    db = open_store_file(path)
    closing.callback(close_store_file, db)
    return db


def _move_all(files: Files, workers: int, clock: Callable[[], float]) -> None:
    moves = _moves(files, workers)
    total, moved, said_at = sum(map(len, moves.values())), 0, clock()
    if total:
        log.info("sessions are moved to other workers", sessions=total, workers=workers)
    for (source, target), session_ids in moves.items():
        for first in range(0, len(session_ids), SESSIONS_PER_STEP):
            part = session_ids[first : first + SESSIONS_PER_STEP]
            move_sessions(files[source], files[target], part)
            moved += len(part)
            if clock() - said_at >= PROGRESS_SECONDS or moved == total:
                said_at = clock()
                log.info("sessions moved", moved=moved, of=total)


def _moves(files: Files, workers: int) -> dict[tuple[int, int], list[str]]:
    """The sessions that are not with their owner, by where they are and where they belong."""
    moves: dict[tuple[int, int], list[str]] = defaultdict(list)
    for number, db in files.items():
        for session_id in stored_session_ids(db):
            owned_by = owner(session_id, workers)
            if owned_by != number:
                moves[number, owned_by].append(session_id)
    return moves


def _gather(files: Files, keeper: int) -> None:
    """Bring what concerns the whole server into the file of the process that answers for it."""
    for number, db in files.items():
        if number != keeper:
            move_acts(db, files[keeper])
            move_revocations(db, files[keeper])
