"""Brings each command of the session to the concern that handles it."""

from collections.abc import Sequence
from typing import Any, Protocol

from actors.answering import Answering
from actors.request import Request
from actors.room_children import RoomChildren
from actors.session_commands import Handlers
from breakout.errors import Refusal


class Concern(Protocol):
    """A part of the supervisor that handles commands."""

    def handlers(self) -> Handlers: ...


class Dispatch:
    """The commands of a session. One that no concern handles is a room's, whose actor was dormant."""

    def __init__(self, answering: Answering, children: RoomChildren, concerns: Sequence[Concern]) -> None:
        self._answering = answering
        self._children = children
        self._handlers = {kind: handler for concern in concerns for kind, handler in concern.handlers().items()}

    def handle(self, request: Request) -> None:
        """Carry out a command, or refuse it."""
        handler = self._handlers.get(type(request.command), self._forward)
        try:
            handler(request, request.command)
        except Refusal as refusal:
            self._answering.refuse(request, refusal)

    def _forward(self, request: Request, command: Any) -> None:
        room_id = getattr(command, "room_id", None) or self._answering.feed.seat_of.get(request.caller.user.id, "")
        self._children.tell(room_id, request)
