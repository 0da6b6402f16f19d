"""What the supervisor does in the place of a room whose actor has died, so that a change of several rooms is whole.

Between the death and the moment in which the store is asked for the room nobody else changes it, and its state in the feed is what
its actor had emitted: all of that is submitted before the room is read back, and so is what is done here. While the feed is held
that moment does not come, so a part that a room died over can be made up for before the whole is let go. Should that fail too, the
bug is in the change itself: the supervisor ends, the session returns to what the store has, and nothing of the change has happened.
"""

from collections.abc import Sequence

from attrs import frozen

from actors.messages import Order, OrderDone
from actors.room_children import RoomChildren
from actors.room_step import room_step
from actors.room_tools import RoomTools
from breakout.decisions.context import Context
from breakout.room import RoomState
from breakout.room_decide import decide
from breakout.room_events import RoomEvent


@frozen(eq=False)
class StandIn:
    """Acts for the rooms of one session."""

    tools: RoomTools
    children: RoomChildren

    def make_up_for(self, done: OrderDone) -> None:
        """Carry out what a room died over, as far as it had not; nothing happens where its actor lives or it is read back already.

        The order must be one that may be carried out twice, and that no room refuses.
        """
        if done.refusal is None or not self.children.fallen(done.room_id):
            return
        feed, now = self.tools.feed, self.tools.clock.now()
        room = feed.rooms[done.room_id]
        events = decide(room, done.order.command, Context(now, None, self.tools.new_id(), feed.session.users))
        if events:
            self.perform(room, events, done.order)

    def perform(self, room: RoomState, events: Sequence[RoomEvent], order: Order) -> None:
        """Let `events` happen to a room that has no actor."""
        step, _ = room_step(room, events, order, self.tools, self.tools.clock.now())
        self.tools.feed.emit(step)
