"""`/api/admin/sessions/{id}`: putting somebody out of a session, and letting them in again."""

from collections.abc import Callable

from attrs import AttrsInstance, frozen
from starlette.requests import Request
from starlette.responses import Response

from breakout.contract.operations import ReadmitUser, RemoveUser
from gateway.admin.body import string_field
from gateway.admin.desk import Desk, path_id
from gateway.api.refused import json_response


@frozen
class SessionsAdmin:
    """Both take `{"userId": ...}`."""

    desk: Desk

    async def evict(self, request: Request) -> Response:
        """Close the user's connections with 4002, free their seat, and keep them out."""
        await self._operate(request, "user.remove", RemoveUser)
        return json_response({})

    async def readmit(self, request: Request) -> Response:
        await self._operate(request, "user.readmit", ReadmitUser)
        return json_response({})

    async def _operate(self, request: Request, action: str, command: Callable[[str], AttrsInstance]) -> None:
        async with self.desk.acting(request, action) as doing:
            session_id = path_id(request)
            operator = self.desk.session_operator(request, session_id)
            doing.target = await string_field(request, "userId")
            await self.desk.operate(operator, session_id, command(doing.target))
