"""What clients ask of the session as a whole: listing and creating rooms, joining and leaving, timers of all rooms.

Every concern of the supervisor that handles commands has `handlers()`; they are put together in `session_runner.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen

from actors import effects as fx
from actors.answering import Answering
from actors.gather import Gather, Gathers
from actors.messages import Order
from actors.request import Request
from actors.room_children import RoomChildren
from actors.seating import Move, Seating
from actors.session_feed import Step
from actors.session_view import SessionView
from breakout.contract import commands as c
from breakout.contract import replies as r
from breakout.contract.pushes import RoomCreatedPush
from breakout.contract.views import room_view
from breakout.decisions.creation import create_rooms, require_capacity, require_place_for_rooms
from breakout.errors import InvalidData, RoomNotFound
from breakout.ports import JournalEntry
from breakout.room import RoomState, SeatedBy
from breakout.room_commands import Reopen
from breakout.room_events import RoomCreated

Handlers = Mapping[type, Callable[[Request, Any], None]]
"""By the class of the command. A handler answers its request, now or later, or raises a `Refusal`."""


@frozen(eq=False)
class SessionCommands:
    """Rooms as a whole, and one's own seat."""

    answering: Answering
    children: RoomChildren
    seating: Seating
    gathers: Gathers
    view: SessionView
    max_open_rooms: int
    max_rooms: int

    def handlers(self) -> Handlers:
        return {
            c.ListRooms: self._list,
            c.CreateRoom: self._create_one,
            c.CreateRooms: self._create_many,
            c.JoinRoom: self._join,
            c.LeaveRoom: self._leave,
            c.ReopenRoom: self._reopen,
            c.ExtendAllTimers: self._extend_all,
            c.GetSession: self._get_session,
        }

    def _list(self, request: Request, command: c.ListRooms) -> None:
        rooms = self.view.rooms(self.answering.clock.now(), include_closed=command.include_closed)
        self.answering.reply(request, r.RoomsReply(rooms))

    def _get_session(self, request: Request, _command: c.GetSession) -> None:
        snapshot = self.view.snapshot(request.reply_to, self.answering.clock.now())
        self.answering.feed.emit(Step((fx.ShowSession(request.reply_to, snapshot, request),)))

    def _create_one(self, request: Request, command: c.CreateRoom) -> None:
        self._create(request, [command], lambda cards: r.RoomReply(cards[0]))

    def _create_many(self, request: Request, command: c.CreateRooms) -> None:
        self._create(request, command.rooms, r.RoomsReply)

    def _create(self, request: Request, specs: Sequence[c.RoomSpec], reply: Callable[[list[Any]], object]) -> None:
        self._require_capacity(len(specs))
        require_place_for_rooms(len(self.answering.feed.rooms), len(specs), self.max_rooms)
        context = self.answering.context(request)
        ids = [self.answering.new_id() for _ in specs]
        feed = self.answering.feed
        rooms = create_rooms(feed.session.id, specs, ids, context, first_ordinal=len(feed.rooms))
        cards = [room_view(room, context.now) for room in rooms]
        pushes = tuple(fx.Push(fx.SESSION_TOPIC, RoomCreatedPush(card)) for card in cards)
        entries = tuple(JournalEntry(room.id, RoomCreated(room)) for room in rooms)
        self.answering.reply(request, reply(cards), pushes, entries=entries, rooms=tuple(rooms))
        for room in rooms:
            self.children.start(room)

    def _require_capacity(self, new_rooms: int) -> None:
        open_rooms = sum(room.open for room in self.answering.feed.rooms.values())
        require_capacity(open_rooms, new_rooms, self.max_open_rooms)

    def _join(self, request: Request, command: c.JoinRoom) -> None:
        self._move(request, command.room_id, command.expected_revision)

    def _leave(self, request: Request, _command: c.LeaveRoom) -> None:
        self._move(request, None, None)

    def _move(self, request: Request, room_id: str | None, expected_revision: int | None) -> None:
        user, change_id = request.caller.user, self.answering.new_id()
        move = Move(user, room_id, SeatedBy.SELF, request.spec.event, change_id, user, request, expected_revision)
        self.seating.start(move)

    def _reopen(self, request: Request, command: c.ReopenRoom) -> None:
        room = self.answering.feed.rooms.get(command.room_id)
        if room is None:
            raise RoomNotFound
        if not room.open:
            self._require_capacity(1)
        order = self.answering.order(request)
        reopen(room, order, self.seating, self.gathers, command)

    def _extend_all(self, request: Request, command: c.ExtendAllTimers) -> None:
        if command.seconds == 0:
            raise InvalidData({"seconds": "must not be 0"})
        rooms = self.answering.feed.rooms.values()
        running = [room.id for room in rooms if room.countdown is not None and room.countdown.running]
        whole = self.answering.order(request)

        def finish(gather: Gather) -> None:
            changed = {done.room_id for done in gather.done}
            self.answering.reply(request, r.RoomIdsReply([room_id for room_id in running if room_id in changed]))
            self.answering.feed.let_go()

        self.answering.feed.hold()  # all of it, with the reply's key, is one commit: sent again, it is not done again
        self.gathers.begin(whole.change_id, Gather(finish, outstanding=len(running)))
        for room_id in running:
            extend = c.ExtendTimer(room_id, command.seconds)
            self.seating.deliver(room_id, part_of(whole, extend, whole.change_id))


def part_of(whole: Order, command: object, gather_id: str) -> Order:
    """One room's part of a command that another answers."""
    return Order(command, whole.cause, whole.change_id, whole.by, whole.request, True, gather_id, report=True)


def reopen(
    room: RoomState,
    order: Order,
    seating: Seating,
    gathers: Gathers,
    command: c.ReopenRoom,
    *,
    then: Callable[[Gather], None] | None = None,
) -> None:
    """Have a closed room open again, with seats for those who sat in it and sit nowhere now.

    The room answers the order's request, unless `then` does once the room has reported.
    """
    former = room.former_seats if command.restore_seats and not room.open else {}
    free = seating.reserve(i for i in former if not seating.seated(i) and not seating.barred(i))

    def finish(gather: Gather) -> None:
        if then is not None:
            then(gather)
        seating.free(free)

    gather_id = f"{order.change_id}/{room.id}"
    gathers.begin(gather_id, Gather(finish, outstanding=1))
    whole = Reopen(tuple(free), seating.take_numbers(len(free)), command.expected_revision)
    part = Order(whole, order.cause, order.change_id, order.by, order.request, then is not None, gather_id, report=True)
    seating.deliver(room.id, part)
