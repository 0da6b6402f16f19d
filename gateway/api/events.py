"""`GET /api/events/{id}/rooms`: all sessions of an event with their rooms, for a producer who watches them."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from breakout.contract.views import room_view
from breakout.room import RoomState
from gateway.api.auth import Gate
from gateway.api.committed import CommittedSessions
from gateway.api.refused import flag
from gateway.api.streamed import Chunks, streamed
from gateway.wire.encode import WireEncoder


@frozen
class EventEndpoint:
    gate: Gate
    sessions: CommittedSessions
    encoder: WireEncoder

    async def list_rooms(self, request: Request) -> Response:
        """The sessions that ever had a room of the event, sorted by id, those left out that the token is not good for, or
        that its user was put out of.

        Needs manage. The rooms are all open ones of the session; with `?includeClosed=true` the closed ones too.
        """
        event_id, claims = self.gate.event(request)
        include_closed = flag(request, "includeClosed")
        known = await self.sessions.store.session_ids_of_event(event_id)
        session_ids = [session_id for session_id in known if claims.good_for(session_id)]
        user_id = claims.caller.user.id
        session_ids = [i for i in session_ids if user_id not in await self.sessions.put_out(i)]
        return await streamed(self._report(event_id, session_ids, include_closed), "application/json", {})

    async def _report(self, event_id: str, session_ids: Sequence[str], include_closed: bool) -> Chunks:
        now = self.sessions.root.clock.now()
        opening = orjson.dumps({"eventId": event_id, "serverAt": now})[:-1] + b',"sessions":['
        for session_id in session_ids:
            rooms = [room for room in await self.sessions.rooms(session_id) if include_closed or room.open]
            facilitated = await self.sessions.store.facilitated_room_ids(session_id) if rooms else frozenset()
            yield opening + orjson.dumps(self._session(session_id, rooms, facilitated, now))
            opening = b","
        yield b"]}" if opening == b"," else opening + b"]}"

    def _session(
        self, session_id: str, rooms: Sequence[RoomState], facilitated: Iterable[str], now: int
    ) -> dict[str, Any]:
        return {
            "sessionId": session_id,
            "rooms": [self.encoder.piece(room_view(room, now)) for room in rooms],
            "people": sum(len(room.seats) for room in rooms),
            "helpOpen": sum(room.help is not None for room in rooms),
            "activity": {room.id: _activity(room, room.id in facilitated) for room in rooms},
        }


def _activity(room: RoomState, visited: bool) -> dict[str, int | bool | None]:
    """What a producer looks for beside the card: rooms in which nobody writes, and where nobody of the staff has been."""
    last = room.messages[-1].sent_at if room.messages else None
    return {"lastMessageAt": last, "people": len(room.seats), "visited": visited}
