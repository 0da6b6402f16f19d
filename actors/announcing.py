"""What staff say to many, and the help queue: broadcast, claim, resolve."""

from attrs import frozen

from actors import effects as fx
from actors.answering import Answering
from actors.gather import Gather, Gathers
from actors.messages import Order
from actors.presence import Presence
from actors.request import Request
from actors.room_children import RoomChildren
from actors.seating import Seating
from actors.session_commands import Handlers
from breakout.contract import commands as c
from breakout.contract import replies as r
from breakout.contract.pushes import BroadcastMessagePush
from breakout.errors import HelpNotFound, RoomClosed, RoomNotFound, RoomUnavailable
from breakout.room import RoomState
from breakout.room_commands import RecordBroadcast


@frozen(eq=False)
class Announcing:
    """Handles `broadcast.send`, `help.claim` and `help.resolve`."""

    answering: Answering
    children: RoomChildren
    seating: Seating
    presence: Presence
    gathers: Gathers

    def handlers(self) -> Handlers:
        return {c.SendBroadcast: self._broadcast, c.ClaimHelp: self._to_help, c.ResolveHelp: self._to_help}

    def _broadcast(self, request: Request, command: c.SendBroadcast) -> None:
        """Everybody in the rooms hears it now; whoever comes back later finds it in the room's messages.

        The rooms record it first, so that the reply means that it is stored. One that closes meanwhile has nobody to tell.
        """
        rooms = self._rooms(command)
        order, user = self.answering.order(request), request.caller.user
        push = BroadcastMessagePush(command.text, user, command.room_ids, self.answering.clock.now())
        everybody = command.room_ids is None
        effect: fx.Effect = fx.Push(fx.SESSION_TOPIC, push) if everybody else fx.Broadcast(command.room_ids or (), push)

        def finish(_gather: Gather) -> None:
            self.answering.reply(request, r.DeliveredReply(self._audience(None if everybody else rooms)), (effect,))
            self.answering.feed.let_go()

        self.answering.feed.hold()
        self.gathers.begin(order.change_id, Gather(finish, outstanding=len(rooms)))
        for room in rooms:
            record = RecordBroadcast(self.answering.new_id(), user, command.text, push.sent_at)
            part = Order(record, order.cause, order.change_id, order.by, gather_id=order.change_id, report=True)
            self.seating.deliver(room.id, part)

    def _rooms(self, command: c.SendBroadcast) -> list[RoomState]:
        rooms = self.answering.feed.rooms
        named = dict.fromkeys(command.room_ids or [room.id for room in rooms.values() if room.open])
        for room_id in named:
            if room_id not in rooms:
                raise RoomNotFound(roomId=room_id)
            if not rooms[room_id].open:
                raise RoomClosed(roomId=room_id)
            if not self.children.running(room_id):
                raise RoomUnavailable(roomId=room_id)
        return [rooms[room_id] for room_id in named]

    def _audience(self, rooms: list[RoomState] | None) -> int:
        """The connections that hear a broadcast: all, or those in the rooms and staff."""
        everybody = self.presence.everybody()
        if rooms is None:
            return len(everybody)
        inside = {user_id for room in rooms for user_id in room.seats}
        return sum(s.caller.staff or s.caller.user.id in inside for s in everybody)

    def _to_help(self, request: Request, command: c.ClaimHelp | c.ResolveHelp) -> None:
        for room in self.answering.feed.rooms.values():
            if room.help is not None and room.help.id == command.help_id:
                self.children.tell(room.id, request)
                return
        raise HelpNotFound
