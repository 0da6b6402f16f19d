"""A process that stores messages without end and prints the number of each one that was acknowledged, to be killed.

    python -m tests.fakes.storing_process FILE honest|early

"early" is the control: it acknowledges before the commit and holds its commits back, so a kill must lose something.
"""

import os
import sys
from functools import partial
from pathlib import Path

import trio

from persistence import PersistenceSettings, open_persistence
from tests.fakes.changes import change, created, said
from tests.fakes.early_journal import EarlyJournal

IN_FLIGHT = 20


async def main(path: Path, *, early: bool) -> None:
    settings = PersistenceSettings(commit_interval_seconds=60 if early else 0.001)
    async with open_persistence(path, settings, after_batch=lambda: None) as opened:
        journal = EarlyJournal(opened.journal) if early else opened.journal
        free = trio.Semaphore(IN_FLIGHT)

        def acknowledge(number: int, position: int | None) -> None:
            assert position is not None
            os.write(1, b"%d\n" % number)
            free.release()

        number = 0
        journal.submit(created(), lambda _: None)
        while True:
            await free.acquire()
            number += 1
            journal.submit(change(said("hello", number)), partial(acknowledge, number))


if __name__ == "__main__":
    trio.run(lambda: main(Path(sys.argv[1]), early=sys.argv[2] == "early"))
