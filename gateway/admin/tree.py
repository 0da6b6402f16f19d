"""`GET /api/admin/actors`: the server, its sessions with their supervisors, and their rooms."""

from typing import Any

import trio
from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from actors.inspection import inspect_session
from actors.root import Root
from gateway.admin.desk import Desk
from gateway.admin.server_report import ServerWatch
from gateway.api.refused import json_response


@frozen
class TreeAdmin:
    desk: Desk
    watch: ServerWatch

    async def show(self, request: Request) -> Response:
        """`{server, sessions: [{..., rooms}]}`: those in memory; with `?session=S` that one alone, which is loaded if it sleeps.

        Sessions are looked at one after the other, and between two the loop turns, so that it is not one instant's picture.
        """
        wanted = request.query_params.get("session")
        if wanted is None:
            self.desk.server_operator(request)
        else:
            self.desk.session_operator(request, wanted)
            await self.desk.loaded_session(wanted)
        sessions = [await self._session(door.session_id) for door in self._root.doors() if wanted in (None, door.session_id)]
        server = self.desk.encoder.piece(self.watch.report())
        return json_response({"server": server, "sessions": [session for session in sessions if session is not None]})

    @property
    def _root(self) -> Root:
        return self.desk.sessions.root

    async def _session(self, session_id: str) -> Any:
        """Its report, encoded; None when it has left memory meanwhile."""
        await trio.lowlevel.checkpoint()
        door = self._root.find(session_id)
        return None if door is None else self.desk.encoder.piece(inspect_session(door, self.desk.now()))
