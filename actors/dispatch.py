"""Brings each command of the session to the concern that handles it."""

from collections.abc import Sequence
from typing import Any, Protocol

from actors.answering import Answering
from actors.request import Request
from actors.room_children import RoomChildren
from actors.seating import Seating
from actors.session_commands import Handlers
from breakout.errors import NotInRoom, Refusal


class Concern(Protocol):
    """A part of the supervisor that handles commands."""

    def handlers(self) -> Handlers: ...


class Dispatch:
    """The commands of a session. One that no concern handles is a room's: its actor was dormant, or its caller is on the way in."""

    def __init__(self, answering: Answering, seating: Seating, children: RoomChildren, concerns: Sequence[Concern]) -> None:
        self._answering = answering
        self._seating = seating
        self._children = children
        self._handlers = {kind: handler for concern in concerns for kind, handler in concern.handlers().items()}

    def handle(self, request: Request) -> None:
        """Carry out a command, or refuse it."""
        handler = self._handlers.get(type(request.command), self._forward)
        try:
            self._answering.require_admitted(request)
            handler(request, request.command)
        except Refusal as refusal:
            self._answering.refuse(request, refusal)

    def _forward(self, request: Request, command: Any) -> None:
        room_id = getattr(command, "room_id", None) or self._seating.destination(request.caller.user.id)
        if room_id is None:
            raise NotInRoom
        self._children.tell(room_id, request)
