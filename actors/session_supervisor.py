"""The supervisor of one virtual session: routes joins and recalls, watches its rooms, knows who is present.

What it does is split along its concerns, each a file: `connecting.py` (who comes and goes), `session_commands.py` (rooms as a
whole, one's own seat), `organizing.py` (move, swap, assign), `announcing.py` (broadcast, help), `recalling.py`, `past.py` (history,
undo). They work with `seating.py` (one user, one seat), `reseating.py` (many seats at once), `room_children.py` (start,
restart), `stand_in.py` (acts for a dead room), `gather.py` (one command, several rooms) and `session_view.py` (snapshots);
`dispatch.py` brings commands to them. Here is the actor that binds them: its messages and its deadlines.
"""

import math
from collections.abc import Callable
from typing import Any

import trio
from attrs import frozen

from actors._runtime import TrioActor
from actors.connecting import Connecting
from actors.dispatch import Dispatch
from actors.failure import failure_text
from actors.gather import Gathers
from actors.messages import (
    Connect,
    Disconnect,
    HistoryRead,
    Order,
    OrderDone,
    PlanMade,
    Restart,
    RestartRoom,
    Revoked,
    RoomFailed,
    RoomLoaded,
)
from actors.organizing import Organizing
from actors.past import Past
from actors.recalling import Recalling
from actors.request import Request
from actors.room_children import RoomChildren
from actors.seating import Seating, seated_by
from actors.session_feed import SessionFeed
from actors.stand_in import StandIn
from breakout.errors import Internal, Overloaded, Refusal
from breakout.room import CloseReason, RoomState
from breakout.room_events import RoomClosed


@frozen(eq=False)
class SupervisorParts:
    """The concerns of one supervisor. `on_failure` is called when it crashes: the session is loaded anew."""

    feed: SessionFeed
    children: RoomChildren
    connecting: Connecting
    dispatch: Dispatch
    organizing: Organizing
    past: Past
    seating: Seating
    recalling: Recalling
    gathers: Gathers
    stand_in: StandIn
    on_failure: Callable[[str], None]


class SessionSupervisor(TrioActor):
    """The one actor that knows the whole session."""

    def __init__(self, parts: SupervisorParts, *, nursery: trio.Nursery, max_mailbox_messages: int) -> None:
        super().__init__(nursery=nursery, max_mailbox_messages=max_mailbox_messages)
        self._parts = parts
        self._handlers: dict[type, Callable[[Any], Any]] = {
            Request: parts.dispatch.handle,
            Connect: parts.connecting.connect,
            Disconnect: parts.connecting.disconnect,
            OrderDone: self._order_done,
            RoomFailed: parts.children.failed,
            RoomLoaded: self._room_loaded,
            RestartRoom: self._restart_room,
            PlanMade: parts.organizing.plan_made,
            HistoryRead: parts.past.history_read,
            Revoked: parts.connecting.revoked,
        }

    @property
    def label(self) -> str:
        return self._parts.feed.session.id

    def on_start(self) -> None:
        """Hold every seat anew, start the open rooms, and settle what a crash left half done."""
        self._parts.connecting.hold_all()
        self._parts.children.start_open_rooms()
        for room in list(self._parts.feed.rooms.values()):
            if room.open:
                self._parts.seating.settle_restored(room)
                self._parts.recalling.settle_restored(room)

    def on_receive(self, message: Any) -> Any:
        return self._handlers[type(message)](message)

    def next_deadline(self) -> float:
        """The end of the next seat hold, or what the recall does next, in trio seconds."""
        due = (self._parts.connecting.next_deadline(), self._parts.recalling.next_deadline())
        at = min((at for at in due if at is not None), default=None)
        return math.inf if at is None else self._parts.connecting.answering.clock.deadline(at)

    def on_deadline(self) -> None:
        self._parts.recalling.on_deadline()
        self._parts.connecting.on_deadline()

    def on_ended(self) -> None:
        self._handlers.clear()  # some are this actor's own methods; apart, it leaves memory at once

    def on_failure(self, exception_type: Any, exception_value: Any, traceback: Any) -> None:
        self._parts.on_failure(failure_text(exception_value))

    def on_abandoned(self, message: Any, *, crashed: bool) -> None:
        if isinstance(message, Request) and not (crashed and self._parts.feed.answers(message)):
            refusal: Refusal = Internal() if crashed else Overloaded("the session is being reloaded; try again")
            self._parts.feed.refuse_now(message, refusal)

    def _order_done(self, message: OrderDone) -> None:
        self._parts.seating.done(message)
        if message.refusal is None:
            self._parts.connecting.hold_absent(seated_by(message.order.command))
        self._parts.gathers.report(message)

    def _room_loaded(self, message: RoomLoaded) -> None:
        if not self._parts.children.restore(message.stored):
            if message.stored.state.open:
                self._close_failed(message.stored.state)
            return
        self._parts.connecting.hold_absent(message.stored.state.seats)
        self._parts.seating.settle_restored(message.stored.state)
        self._parts.recalling.settle_restored(message.stored.state)

    def _restart_room(self, message: RestartRoom) -> bool:
        if not self._parts.children.running(message.room_id):
            return False
        self._parts.children.tell(message.room_id, Restart())
        return True

    def _close_failed(self, room: RoomState) -> None:
        """Close a room that crashes again and again: nobody but the supervisor can."""
        answering = self._parts.connecting.answering
        closed = RoomClosed(CloseReason.FAILED, answering.clock.now(), answering.new_id())
        self._parts.stand_in.perform(room, [closed], Order(None, "room failed", answering.new_id()))
