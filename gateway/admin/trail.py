"""The audit trail: what operators did, who and when. A log line for each, and the last ones in memory.

What was done to a session is in its journal as well, in the same commit as its effect (`breakout.session.OperatorActed`).
"""

from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import structlog
from attrs import frozen

from breakout.errors import Refusal
from breakout.identity import User
from gateway.api.refused import ApiRefused
from gateway.logs import AUDIT

log = structlog.get_logger(__name__)

KEPT_ACTS: Final = 1_000
"""In memory, some 300 bytes each; the log has them all."""

DONE: Final = "done"


@frozen
class Act:
    """One thing an operator did, or was refused.

    Attributes:
        action: Such as "room.restart".
        target: What it was done to; empty for the whole server.
        outcome: "done", or the code of the error.
    """

    at: int
    operator: User
    action: str
    target: str
    outcome: str


class AuditTrail:
    """The acts since the start of the process, the last `KEPT_ACTS`."""

    def __init__(self) -> None:
        self._acts: deque[Act] = deque(maxlen=KEPT_ACTS)

    def note(self, act: Act) -> None:
        """Remember and log `act`; logged at every level."""
        self._acts.append(act)
        log.warning(AUDIT, operator=act.operator.id, action=act.action, target=act.target, outcome=act.outcome)

    @asynccontextmanager
    async def acting(self, operator: User, action: str, target: str, now: Callable[[], int]) -> AsyncIterator[None]:
        """Around what an operator does: notes how it ended."""
        outcome = "internal"
        try:
            yield
            outcome = DONE
        except (ApiRefused, Refusal) as refused:
            outcome = refused.code
            raise
        finally:
            self.note(Act(now(), operator, action, target, outcome))

    def newest_first(self, limit: int) -> list[Act]:
        """The last acts, at most `limit`."""
        return list(self._acts)[::-1][:limit]
