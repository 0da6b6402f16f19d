"""The lane: every use of the connection, one after the other, in worker threads.

SQLite waits for the disk, so it must not run on the event loop; and one connection must never be used by two threads
at once. Jobs run in the order in which they were asked for, so that a report of many pages lets commits in between.
"""

from collections.abc import Callable
from typing import TypeVar

import trio
from sqlite_utils import Database

Result = TypeVar("Result")


class Lane:
    """Owns the connection of a `Database` while it is open."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._limiter = trio.CapacityLimiter(1)

    async def run(self, job: Callable[[Database], Result]) -> Result:
        """Run `job` with the connection in a worker thread.

        Cancelled while it waits its turn it never runs; once it runs it is waited for. What it raises is raised here.
        """
        return await trio.to_thread.run_sync(job, self._db, limiter=self._limiter)
