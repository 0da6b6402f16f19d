"""How far a revocation reaches in a server with workers: the front's own gate, and every worker that has people."""

from typing import Final

import trio
from attrs import frozen

from gateway.api.refused import ApiRefused
from gateway.workers.crew import Crew

PATIENCE_SECONDS: Final = 5.0
"""For all workers to have done it; one that is well takes a turn of its loop."""


@frozen
class FrontReach:
    """Attributes: revoked: Of the whole server; the gate of the front and `crew` look at the same set."""

    revoked: set[str]
    crew: Crew

    async def revoke(self, user_id: str) -> None:
        """Raises: ApiRefused: 503, a worker does not answer; it is stored, and the worker does it as soon as it can."""
        self.revoked.add(user_id)
        await self._inform()

    async def reinstate(self, user_id: str) -> None:
        """Raises: ApiRefused: As `revoke`."""
        self.revoked.discard(user_id)
        await self._inform()

    async def _inform(self) -> None:
        with trio.move_on_after(PATIENCE_SECONDS) as scope:
            await self.crew.wait_informed()
        if scope.cancelled_caught:
            raise ApiRefused(503, "overloaded", "it is stored, but a worker does not answer; it follows as soon as it does")
