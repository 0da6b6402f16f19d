"""The control for the `kill -9` drills: a journal that acknowledges before it commits, and must be caught at it."""

from collections.abc import Callable

import trio

from breakout.ports import Change, Journal


class EarlyJournal:
    """Reports every change as stored in the next turn of the loop and commits it when the real journal does.

    The position it reports is a guess: the number of entries submitted so far. Must be made inside trio.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._position = 0
        self._token = trio.lowlevel.current_trio_token()

    def submit(self, change: Change, done: Callable[[int | None], None]) -> None:
        self._journal.submit(change, lambda _: None)
        self._position += len(change.entries)
        self._token.run_sync_soon(done, self._position)
