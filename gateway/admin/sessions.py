"""`/api/admin/sessions`: all there are, asleep or not; putting somebody out of one, and letting them in again."""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import AttrsInstance, frozen
from starlette.requests import Request
from starlette.responses import Response

from breakout.contract.operations import ReadmitUser, RemoveUser
from gateway.admin.audit import limit_asked
from gateway.admin.body import user_id_field
from gateway.admin.desk import Desk, path_id
from gateway.api.refused import json_response
from persistence.report import SessionOutline


def sessions_page(found: Sequence[dict[str, Any]], limit: int) -> dict[str, Any]:
    """At most `limit` of what was found, which is in order, as one page; there may be more where there are `limit`."""
    shown = list(found[:limit])
    return {"sessions": shown, "after": shown[-1]["id"] if len(shown) == limit else None}


@frozen
class SessionsAdmin:
    """Whoever is evicted or readmitted is named in the body, `{"userId": ...}`."""

    desk: Desk

    async def show_all(self, request: Request) -> Response:
        """`{sessions: [{id, inMemory, users, rooms, openRooms}], after}`: those in the store, in order of ids; none is loaded.

        `?limit=` of them, behind `?after=`; `after` in the answer is where to go on, or null.
        """
        self.desk.server_operator(request)
        limit, after = limit_asked(request), request.query_params.get("after", "")
        found = await self.desk.sessions.store.session_outlines(after, limit)
        return json_response(sessions_page([self._outline(each) for each in found], limit))

    def _outline(self, each: SessionOutline) -> dict[str, Any]:
        in_memory = self.desk.sessions.root.find(each.session_id) is not None
        people = {"id": each.session_id, "inMemory": in_memory, "users": each.users}
        return {**people, "rooms": each.rooms, "openRooms": each.open_rooms}

    async def evict(self, request: Request) -> Response:
        """`{known}`: close the user's connections with 4002, free their seat, and keep them out.

        `known` says whether they were ever in the session; they need not have been.
        """
        session_id, user_id = await self._operate(request, "user.remove", RemoveUser)
        return json_response({"known": user_id in (await self.desk.sessions.roster(session_id)).user_ids})

    async def readmit(self, request: Request) -> Response:
        await self._operate(request, "user.readmit", ReadmitUser)
        return json_response({})

    async def _operate(self, request: Request, action: str, command: Callable[[str], AttrsInstance]) -> tuple[str, str]:
        """Returns the session and the user."""
        async with self.desk.acting(request, action) as doing:
            session_id = path_id(request)
            operator = self.desk.session_operator(request, session_id)
            doing.target = await user_id_field(request)
            await self.desk.operate(operator, session_id, command(doing.target))
        return session_id, doing.target
