"""`/api/admin/users`: shutting somebody out of the whole server, and letting them in again."""

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.admin.attempt import Attempts
from gateway.admin.body import user_id_field
from gateway.admin.journal_view import user_view
from gateway.api.refused import ApiRefused, answered, json_response
from gateway.revocation import Revocations
from persistence.revoked_users import Revocation


@frozen
class UsersAdmin:
    """Whoever is changed is named in the body, `{"userId"}`: ids of some identity providers have a slash."""

    attempts: Attempts
    revocations: Revocations

    def routes(self) -> list[Route]:
        return [
            Route("/api/admin/users/revoked", answered(self.show), methods=["GET"]),
            Route("/api/admin/users/revoke", answered(self.revoke), methods=["POST"]),
            Route("/api/admin/users/reinstate", answered(self.reinstate), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """`{revoked: [{userId, at, by}]}`, newest first."""
        self.attempts.gate.server_operator(request)
        found = await self.revocations.newest_first()
        return json_response({"revoked": [_view(revocation) for revocation in found]})

    async def revoke(self, request: Request) -> Response:
        """Close the user's connections in every session with 4002, free their seats, and refuse all of their tokens.

        They need not have been here. Operators do not revoke themselves: nobody might be left who lets them in again.
        """
        async with self.attempts.acting(request, "user.revoke") as doing:
            operator = self.attempts.gate.server_operator(request).user
            user_id = doing.target = await user_id_field(request)
            if user_id == operator.id:
                raise ApiRefused(409, "conflict", "this would shut out yourself; have another operator do it")
            await self.revocations.revoke(Revocation(user_id, self.attempts.now(), operator))
        return json_response({})

    async def reinstate(self, request: Request) -> Response:
        """Take the user's tokens again; what a session bars by itself (`evict`) stays."""
        async with self.attempts.acting(request, "user.reinstate") as doing:
            self.attempts.gate.server_operator(request)
            doing.target = await user_id_field(request)
            await self.revocations.reinstate(doing.target)
        return json_response({})


def _view(revocation: Revocation) -> dict[str, object]:
    return {"userId": revocation.user_id, "at": revocation.at, "by": user_view(revocation.operator)}
