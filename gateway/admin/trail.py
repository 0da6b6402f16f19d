"""The audit trail: what operators did, who and when. A log line for each, and a row of the store.

What was done to a session is in its journal as well, in the same commit as its effect (`breakout.session.OperatorActed`).
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol

import structlog
import trio
from attrs import define

from breakout.errors import Refusal, StorageUnavailable
from breakout.identity import User
from gateway.api.refused import ApiRefused
from gateway.logs import AUDIT
from persistence.acts import Act

log = structlog.get_logger(__name__)

WAITING_ACTS: Final = 1_000
"""That the store would not take so far, some 300 bytes each; beyond it the oldest goes, and the log has it."""

KEEP_SECONDS: Final = 5.0
"""For the store to take an act, so that a disk that hangs holds up no operator for ever."""

DONE: Final = "done"


@define
class Doing:
    """What is being done. Attributes: target: To what or whom; filled in where only the request's body says it."""

    target: str


class ActStore(Protocol):
    """Where acts are kept; `persistence.store.Store` does. Both raise `StorageUnavailable`."""

    async def keep_act(self, act: Act) -> None: ...

    async def acts(self, before: int | None, limit: int) -> Sequence[Act]: ...


class AuditTrail:
    """Every act; what the store does not take waits in memory and is offered again with the next one."""

    def __init__(self, store: ActStore) -> None:
        self._store = store
        self._waiting: deque[Act] = deque(maxlen=WAITING_ACTS)
        self._turn = trio.Lock()

    @asynccontextmanager
    async def acting(
        self, operator: User, action: str, target: str, now: Callable[[], int], *, keep: bool = True
    ) -> AsyncIterator[Doing]:
        """Around what an operator does, and whether they may: notes how it ended.

        A store that fails does not undo what was done. What is not to be kept is a line of the log and no more: whoever may operate
        nothing must not fill the database with attempts.
        """
        doing, outcome = Doing(target), "internal"
        try:
            yield doing
            outcome = DONE
        except (ApiRefused, Refusal) as refused:
            outcome = refused.code
            raise
        finally:
            await self._note(Act(now(), operator, action, doing.target, outcome), keep=keep)

    @asynccontextmanager
    async def refusals(
        self, operator: User, action: str, target: str, now: Callable[[], int], *, keep: bool = True
    ) -> AsyncIterator[None]:
        """Around what somebody else carries out, and notes: a refusal alone is noted here."""
        try:
            yield
        except ApiRefused as refused:
            await self._note(Act(now(), operator, action, target, refused.code), keep=keep)
            raise

    async def newest_first(self, before: int | None, limit: int) -> Sequence[Act]:
        """At most `limit` acts before an instant (None: the last ones). Raises: StorageUnavailable: The store does not answer."""
        await self._keep_waiting()
        return await self._store.acts(before, limit)

    async def _note(self, act: Act, *, keep: bool) -> None:
        """Log `act`, at every level, and keep it; whoever asked may be gone by then."""
        log.warning(AUDIT, operator=act.operator.id, action=act.action, target=act.target, outcome=act.outcome)
        if not keep:
            return
        self._waiting.append(act)
        with trio.move_on_after(KEEP_SECONDS, shield=True):
            await self._keep_waiting()

    async def _keep_waiting(self) -> None:
        async with self._turn:
            try:
                while self._waiting:
                    await self._store.keep_act(self._waiting[0])
                    self._waiting.popleft()
            except StorageUnavailable:
                log.warning("acts of operators are not stored yet", waiting=len(self._waiting))


class TrailOfFront(AuditTrail):
    """For what the front of a server with workers has each worker do: the front keeps that act itself, once."""

    async def _note(self, act: Act, *, keep: bool) -> None:
        log.debug("the front has this act", action=act.action)


class TrailOfWorker(AuditTrail):
    """For what the front asks of all workers: who does not know the room notes nothing; the front does where none knows."""

    async def _note(self, act: Act, *, keep: bool) -> None:
        if act.outcome != "room_not_found":
            await super()._note(act, keep=keep)
