"""`/api/admin/rooms/{id}`: one room, looked at, restarted, closed."""

from collections.abc import Callable
from typing import Final

from attrs import AttrsInstance, frozen
from starlette.requests import Request
from starlette.responses import Response

from breakout.contract.operations import CloseRoomNow, RestartRoomNow
from breakout.room import RoomState
from gateway.admin.desk import Desk, Ward, path_target
from gateway.admin.journal_view import entry_view
from gateway.admin.room_detail import room_detail
from gateway.api.refused import ApiRefused, json_response

SHOWN_ENTRIES: Final = 50
"""Of the room's journal: about what fits on two screens."""


@frozen
class RoomsAdmin:
    desk: Desk

    async def show(self, request: Request) -> Response:
        """`{room, actor, seats, formerSeats, closing, help, messages, reopenedAt, journal}`; the journal newest first."""
        ward = await self.desk.room_operator(request)
        journal = await self.desk.sessions.store.room_journal(ward.session_id, ward.room_id, SHOWN_ENTRIES)
        room = await self._room(ward)
        door = self.desk.sessions.root.find(ward.session_id)
        detail = room_detail(room, door.runner if door else None, self.desk.now(), self.desk.encoder)
        return json_response({**detail, "journal": [entry_view(entry) for entry in journal]})

    async def restart(self, request: Request) -> Response:
        """Have the room's actor end and come back from the store; its people notice nothing but a pause."""
        return await self._operate(request, "room.restart", RestartRoomNow)

    async def close(self, request: Request) -> Response:
        """Close the room at once, whoever sits there."""
        return await self._operate(request, "room.close", CloseRoomNow)

    async def _operate(self, request: Request, action: str, command: Callable[[str], AttrsInstance]) -> Response:
        async with self.desk.acting(request, action, path_target(request)):
            ward = await self.desk.room_operator(request)
            await self.desk.operate(ward.operator, ward.session_id, command(ward.room_id))
        return json_response({})

    async def _room(self, ward: Ward) -> RoomState:
        for room in await self.desk.sessions.rooms(ward.session_id):
            if room.id == ward.room_id:
                return room
        raise ApiRefused(404, "room_not_found", "there is no such room")
