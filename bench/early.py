"""The control of the kill drill: a journal that acknowledges before it commits, and must be caught at it."""

from collections.abc import Callable, Sequence

import trio

from breakout.ports import Change
from persistence.journal import Journal

Changes = Sequence[tuple[Change, Callable[[int | None], None]]]


def acknowledge_early() -> None:
    """From now on every journal of this process reports a change as stored in the next turn of the loop."""
    commit_later = Journal.submit_together

    def submit_together(journal: Journal, changes: Changes) -> None:
        commit_later(journal, [(change, _forget) for change, _ in changes])
        token = trio.lowlevel.current_trio_token()
        for change, done in changes:
            token.run_sync_soon(done, journal._position + len(change.entries))  # noqa: SLF001 - a guess will do
        token.run_sync_soon(journal._after_batch)  # noqa: SLF001

    Journal.submit_together = submit_together  # type: ignore[assignment,method-assign]


def _forget(_position: int | None) -> None: ...
