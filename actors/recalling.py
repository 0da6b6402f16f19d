"""The recall of a session: announced to every room, its receipts counted, its end enforced.

The recall itself is the session's state (`breakout.session.Recall`). Once it is committed everybody is told, before the rooms
are: they get orders to announce, to close or to take the announcement back. If the process dies between the two, the recall is
restored and, when its grace ends, closes the rooms all the same: nobody is left behind.
"""

from collections.abc import Sequence
from functools import partial

from attrs import frozen

from actors import effects as fx
from actors.answering import Answering
from actors.messages import Order
from actors.request import Request
from actors.room_children import RoomChildren
from actors.session_commands import Handlers
from actors.session_feed import SessionFeed, Step
from actors.step_builder import stored_change
from breakout.contract import commands as c
from breakout.contract import replies as r
from breakout.contract.pushes import RecalledPush
from breakout.decisions import recall as decisions
from breakout.errors import RecallNotFound, Refusal
from breakout.ports import JournalEntry
from breakout.room import CloseReason, Closing, RoomState
from breakout.room_commands import AnnounceClosing, CancelClosing, CloseNow
from breakout.session import (
    Recall,
    RecallAnnounced,
    RecallCancelled,
    RecallCompleted,
    RecallMode,
    RecallReturned,
    SessionEvent,
    apply_session,
)


@frozen
class Recalling:
    """Handles `all.recall`, `recall.ack`, `recall.cancel` and the recall's own deadlines."""

    answering: Answering
    children: RoomChildren

    def handlers(self) -> Handlers:
        return {
            c.RecallAll: self.announce,
            c.AcknowledgeRecall: self.acknowledge,
            c.CancelRecall: self.cancel,
        }

    @property
    def feed(self) -> SessionFeed:
        return self.answering.feed

    def next_deadline(self) -> int | None:
        """When the recall must act by itself, in milliseconds; None without one."""
        return decisions.next_due(self.feed.session)

    def on_deadline(self) -> None:
        now = self.answering.clock.now()
        events = decisions.due(self.feed.session, now)
        if events:
            self._advance(events, Order(None, "deadline", self.answering.new_id()), None, now)

    def announce(self, request: Request, command: c.RecallAll) -> None:
        """Raises: Conflict: A recall is running."""
        context = self.answering.context(request)
        seats = [(room.id, user_id) for room in self._open_rooms() for user_id in (room.seats or ("",))]
        events = decisions.announce(self.feed.session, command, seats, context)
        recall = next(event.recall for event in events if isinstance(event, RecallAnnounced))
        reply = r.RecallReply(recall.id, recall.return_at, len(recall.expected))
        self._advance(events, self.answering.order(request), reply, context.now)

    def acknowledge(self, request: Request, command: c.AcknowledgeRecall) -> None:
        """Raises: RecallNotFound: No recall and no closed room has announced itself under this id."""
        context = self.answering.context(request)
        try:
            events = decisions.acknowledge(self.feed.session, command, context)
        except RecallNotFound:
            if all(room.recall_id != command.recall_id for room in self.feed.rooms.values()):
                raise
            events = []
        self._advance(events, self.answering.order(request), r.Done(), context.now)

    def cancel(self, request: Request, command: c.CancelRecall) -> None:
        """Raises: RecallNotFound: No such recall, or its grace is over."""
        context = self.answering.context(request)
        events = decisions.cancel(self.feed.session, command, context)
        self._advance(events, self.answering.order(request), r.Done(), context.now)

    def take_back(self, recall_id: str, order: Order) -> None:
        """End a recall whose grace runs, or that still collects receipts, as part of another command."""
        recall = self.feed.session.recall
        if recall is not None and recall.id == recall_id:
            now = self.answering.clock.now()
            self._advance([RecallCancelled(now)], Order(None, order.cause, order.change_id, order.by), None, now)

    def _advance(self, events: Sequence[SessionEvent], order: Order, reply: object | None, now: int) -> None:
        states = [self.feed.session]
        for event in events:
            states.append(apply_session(states[-1], event))
        body = None if reply is None else self.answering.encoder.reply_body(reply)
        change = stored_change(states[0].id, order, tuple(JournalEntry(None, event) for event in events), body, now)
        effects: list[fx.Effect] = [] if order.request is None or body is None else [fx.Reply(order.request, body)]
        for event, before, after in zip(events, states, states[1:], strict=False):
            effects += self._effects(event, before.recall, after.recall)
            effects += self._orders(event, before.recall, order)
        self.feed.emit(Step(tuple(effects), change, session=states[-1] if events else None))

    def _effects(self, event: SessionEvent, before: Recall | None, after: Recall | None) -> list[fx.Effect]:
        match event:
            case RecallCompleted(at) if before is not None:
                return [fx.RecallProgressed(before, at)]
            case RecallCancelled(at) if before is not None:
                return [fx.RecallProgressed(before, at, cancelled=True)]
            case RecallAnnounced(recall):
                return [*self._calls(recall), fx.RecallProgressed(recall)]
            case _:
                return [] if after is None else [fx.RecallProgressed(after)]

    def _calls(self, recall: Recall) -> list[fx.Effect]:
        """What everybody is told; where a room closes sooner anyway, its people know."""
        forced, reason = recall.mode is RecallMode.FORCED, CloseReason.RECALL.value
        grace_seconds = round((recall.return_at - recall.announced_at) / 1000)
        return [
            fx.CalledBack(
                tuple(room.seats),
                RecalledPush(recall.id, room.id, reason, recall.mode.value, grace_seconds, recall.return_at),
            )
            for room in self._open_rooms()
            if not (forced and room.closing is not None and room.closing.at <= recall.return_at)
        ]

    def _orders(self, event: SessionEvent, before: Recall | None, order: Order) -> list[fx.Effect]:
        """What the rooms are to do once `event` is committed: in the order of the events, since all of them are told so."""
        rooms: list[RoomState]
        command: AnnounceClosing | CancelClosing | CloseNow
        match event:
            case RecallAnnounced(recall) if recall.mode is RecallMode.FORCED:
                rooms, command = self._open_rooms(), AnnounceClosing(Closing(CloseReason.RECALL, recall.return_at, recall.id))
            case RecallCancelled() if before is not None:
                rooms, command = self._open_rooms(), CancelClosing(before.id)
            case RecallReturned() if before is not None and before.mode is RecallMode.FORCED:
                rooms = [room for room in self._open_rooms() if concerned(room, before)]
                command = CloseNow(CloseReason.RECALL, before.id)
            case _:
                return []
        return [fx.Afterwards(partial(self._tell, rooms, command, order))]

    def _tell(self, rooms: list[RoomState], command: object, order: Order) -> None:
        for room in rooms:
            try:
                self.children.tell(room.id, Order(command, order.cause, order.change_id, order.by))
            except Refusal:
                continue  # a room that is being restarted is told by `settle_restored`

    def settle_restored(self, room: RoomState) -> None:
        """Tell a restored room what it missed: that a recall was announced, is over or was cancelled."""
        recall = self.feed.session.recall
        closing = room.closing
        if closing and closing.reason is CloseReason.RECALL and closing.recall_id != (recall and recall.id):
            cancelled = Order(None, "restore", self.answering.new_id())
            self._tell([room], CancelClosing(closing.recall_id), cancelled)
        if recall is None or recall.mode is not RecallMode.FORCED or not missed(room, recall):
            return
        closing = Closing(CloseReason.RECALL, recall.return_at, recall.id)
        command = CloseNow(CloseReason.RECALL, recall.id) if recall.returned else AnnounceClosing(closing)
        self._tell([room], command, Order(None, "restore", self.answering.new_id()))

    def _open_rooms(self) -> list[RoomState]:
        return [room for room in self.feed.rooms.values() if room.open]


def concerned(room: RoomState, recall: Recall) -> bool:
    """Whether a forced recall closes this room: it was open when it was announced, or somebody who was called sits in it."""
    return room.id in recall.room_ids or not recall.expected.isdisjoint(room.seats)


def missed(room: RoomState, recall: Recall) -> bool:
    """Whether a forced recall has still to close this open room. What happened after everybody was back is not its concern."""
    if not recall.returned:
        return concerned(room, recall)
    called = any(i in recall.expected and seat.joined_at <= recall.return_at for i, seat in room.seats.items())
    reopened = room.reopened_at is not None and room.reopened_at > recall.return_at
    return not reopened and (called or room.id in recall.room_ids)
