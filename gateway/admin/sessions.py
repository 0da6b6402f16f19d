"""`/api/admin/sessions/{id}`: putting somebody out of a session, and letting them in again."""

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from breakout.contract.operations import ReadmitUser, RemoveUser
from gateway.admin.body import user_id_field
from gateway.admin.desk import Desk, path_id
from gateway.api.refused import json_response


@frozen
class SessionsAdmin:
    """Both take `{"userId": ...}`."""

    desk: Desk

    async def evict(self, request: Request) -> Response:
        """`{known}`: close the user's connections with 4002, free their seat, and keep them out.

        `known` says whether they were ever in the session; they need not have been.
        """
        session_id = path_id(request)
        operator = self.desk.session_operator(request, session_id)
        user_id = await user_id_field(request)
        await self.desk.operate(operator, "user.remove", user_id, session_id, RemoveUser(user_id))
        return json_response({"known": user_id in (await self.desk.sessions.roster(session_id)).user_ids})

    async def readmit(self, request: Request) -> Response:
        session_id = path_id(request)
        operator = self.desk.session_operator(request, session_id)
        user_id = await user_id_field(request)
        await self.desk.operate(operator, "user.readmit", user_id, session_id, ReadmitUser(user_id))
        return json_response({})
