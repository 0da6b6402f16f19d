"""What somebody wants to do as an operator, from the moment that it is known who they are."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from attrs import frozen
from starlette.requests import Request

from breakout.permission import Permission
from gateway.admin.trail import AuditTrail, Doing
from gateway.api.auth import Gate


@frozen
class Attempts:
    """Notes every attempt in the audit trail. Attributes: now: The server's clock, in milliseconds."""

    gate: Gate
    trail: AuditTrail
    now: Callable[[], int]

    @asynccontextmanager
    async def acting(self, request: Request, action: str, target: str = "") -> AsyncIterator[Doing]:
        """Around what somebody wants to do, and whether they may: the audit line says how it ended.

        Raises:
            ApiRefused: 401 nobody is known to want it, 403 they are revoked, 503 their token cannot be checked yet; nothing is
                noted then.
        """
        caller = self.gate.claims(request).caller
        keep = caller.may(Permission.OPERATE)
        async with self.trail.acting(caller.user, action, target, self.now, keep=keep) as doing:
            yield doing
