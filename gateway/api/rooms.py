"""`GET /api/sessions/{id}/rooms`: the cards of a session's rooms."""

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from breakout.contract.views import room_view
from breakout.permission import Permission
from gateway.api.auth import SessionGate
from gateway.api.committed import CommittedSessions
from gateway.api.refused import flag, json_response
from gateway.wire.encode import WireEncoder


@frozen
class RoomsEndpoint:
    gate: SessionGate
    sessions: CommittedSessions
    encoder: WireEncoder

    async def list_rooms(self, request: Request) -> Response:
        """`{rooms: [Room]}`, oldest first; with `?includeClosed=true` the closed ones too. Needs join."""
        asked = await self.gate.session(request, Permission.JOIN)
        include_closed = flag(request, "includeClosed")
        now = self.sessions.root.clock.now()
        rooms = [room for room in await self.sessions.rooms(asked.session_id) if include_closed or room.open]
        return json_response({"rooms": [self.encoder.piece(room_view(room, now)) for room in rooms]})
