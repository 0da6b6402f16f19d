"""The server with one of its promises taken away: the controls of the drills, which must lose something.

    python -m tests.drills.altered_server early|normal serve ...

early: acknowledges before the commit. normal: SQLite's synchronous=NORMAL, which does not wait for the disk.
"""

import sys
from collections.abc import Callable, Sequence

import trio
from attrs import evolve

import gateway.server
from breakout.ports import Change
from gateway.cli import main
from gateway.settings import Settings
from gateway.settings_parts import persistence_settings
from persistence.journal import Journal
from persistence.settings import PersistenceSettings

Changes = Sequence[tuple[Change, Callable[[int | None], None]]]

COMMIT_SECONDS = 0.25
"""How rarely the early server commits, so that a kill finds something to lose."""


def acknowledge_early() -> None:
    commit_later = Journal.submit_together

    def submit_together(journal: Journal, changes: Changes) -> None:
        commit_later(journal, [(change, lambda _: None) for change, _ in changes])
        token = trio.lowlevel.current_trio_token()
        for change, done in changes:
            token.run_sync_soon(done, journal._position + len(change.entries))
        token.run_sync_soon(journal._after_batch)

    Journal.submit_together = submit_together  # type: ignore[method-assign, assignment]


def early_settings(settings: Settings) -> PersistenceSettings:
    return evolve(persistence_settings(settings), commit_interval_seconds=COMMIT_SECONDS)


def normal_settings(settings: Settings) -> PersistenceSettings:
    return evolve(persistence_settings(settings), synchronous="NORMAL")


if __name__ == "__main__":
    kind = sys.argv.pop(1)
    if kind == "early":
        acknowledge_early()
    altered = {"early": early_settings, "normal": normal_settings}[kind]
    gateway.server.persistence_settings = altered  # type: ignore[attr-defined]  # which it only imports
    main()
