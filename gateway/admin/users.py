"""`/api/admin/users`: shutting somebody out of the whole server, and letting them in again."""

from collections.abc import Callable

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.admin.body import user_id_field
from gateway.admin.journal_view import user_view
from gateway.admin.trail import AuditTrail
from gateway.api.auth import Gate
from gateway.api.refused import ApiRefused, answered, json_response
from gateway.revocation import Revocations
from persistence.revoked_users import Revocation


@frozen
class UsersAdmin:
    """Whoever is changed is named in the body, `{"userId"}`: ids of some identity providers have a slash."""

    gate: Gate
    trail: AuditTrail
    now: Callable[[], int]
    revocations: Revocations

    def routes(self) -> list[Route]:
        return [
            Route("/api/admin/users/revoked", answered(self.show), methods=["GET"]),
            Route("/api/admin/users/revoke", answered(self.revoke), methods=["POST"]),
            Route("/api/admin/users/reinstate", answered(self.reinstate), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """`{revoked: [{userId, at, by}]}`, newest first."""
        self.gate.server_operator(request)
        found = await self.revocations.newest_first()
        return json_response({"revoked": [_view(revocation) for revocation in found]})

    async def revoke(self, request: Request) -> Response:
        """Close the user's connections in every session with 4002, free their seats, and refuse all of their tokens.

        They need not have been here. Operators do not revoke themselves: nobody might be left who lets them in again.
        """
        operator = self.gate.server_operator(request).user
        user_id = await user_id_field(request)
        async with self.trail.acting(operator, "user.revoke", user_id, self.now):
            if user_id == operator.id:
                raise ApiRefused(409, "conflict", "this would shut out yourself; have another operator do it")
            await self.revocations.revoke(Revocation(user_id, self.now(), operator))
        return json_response({})

    async def reinstate(self, request: Request) -> Response:
        """Take the user's tokens again; what a session bars by itself (`evict`) stays."""
        operator = self.gate.server_operator(request).user
        user_id = await user_id_field(request)
        async with self.trail.acting(operator, "user.reinstate", user_id, self.now):
            await self.revocations.reinstate(user_id)
        return json_response({})


def _view(revocation: Revocation) -> dict[str, object]:
    return {"userId": revocation.user_id, "at": revocation.at, "by": user_view(revocation.operator)}
