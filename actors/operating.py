"""What operators do: restart or close one room, put somebody out and let them in again. Each leaves its trace in the journal."""

from attrs import frozen

from actors.answering import Answering
from actors.connecting import Connecting
from actors.messages import Order, Restart
from actors.request import Request
from actors.room_children import RoomChildren
from actors.seating import Seating
from actors.session_commands import Handlers
from breakout.contract import operations as o
from breakout.contract.replies import Done
from breakout.errors import RoomClosed, RoomNotFound, RoomUnavailable, UserNotFound
from breakout.ports import JournalEntry
from breakout.room import CloseReason, RoomState
from breakout.room_commands import CloseNow
from breakout.session import OperatorActed, SessionEvent, UserReadmitted, UserRemoved, apply_session


@frozen(eq=False)
class Operating:
    """Handles the commands of `breakout.contract.operations`."""

    answering: Answering
    children: RoomChildren
    seating: Seating
    connecting: Connecting

    def handlers(self) -> Handlers:
        return {
            o.RestartRoomNow: self._restart,
            o.CloseRoomNow: self._close,
            o.RemoveUser: self._remove,
            o.ReadmitUser: self._readmit,
        }

    def _restart(self, request: Request, command: o.RestartRoomNow) -> None:
        room = self._room(command.room_id)
        if not self.children.running(room.id):
            raise RoomUnavailable("the room has no running actor: it is closed, or being restarted already")
        self.children.tell(room.id, Restart())
        self._answer(request, OperatorActed("room.restart", room.id))

    def _close(self, request: Request, command: o.CloseRoomNow) -> None:
        room = self._room(command.room_id)
        if not room.open:
            raise RoomClosed("the room is closed")
        order = self.answering.order(request)
        close = CloseNow(CloseReason.CLOSED, self.answering.new_id())
        self.seating.deliver(room.id, Order(close, order.cause, order.change_id, order.by))
        self._answer(request, OperatorActed("room.close", room.id))

    def _remove(self, request: Request, command: o.RemoveUser) -> None:
        removed = UserRemoved(command.user_id, self.answering.clock.now())
        self._answer(request, removed, OperatorActed("user.remove", command.user_id))
        self.connecting.put_out(command.user_id, request.spec.event, request.caller.user)

    def _readmit(self, request: Request, command: o.ReadmitUser) -> None:
        if command.user_id not in self.answering.feed.session.removed:
            raise UserNotFound("nobody of that id was put out of this session", userId=command.user_id)
        self._answer(request, UserReadmitted(command.user_id), OperatorActed("user.readmit", command.user_id))

    def _room(self, room_id: str) -> RoomState:
        room = self.answering.feed.rooms.get(room_id)
        if room is None:
            raise RoomNotFound
        return room

    def _answer(self, request: Request, *events: SessionEvent) -> None:
        state = self.answering.feed.session
        for event in events:
            state = apply_session(state, event)
        entries = tuple(JournalEntry(None, event) for event in events)
        self.answering.reply(request, Done(), entries=entries, session=state)
