"""What clients ask of the session as a whole: listing and creating rooms, joining and leaving, timers of all rooms."""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import field, frozen

from actors import effects as fx
from actors.encoder import Encoder
from actors.gather import Gather, Gathers
from actors.messages import Order
from actors.recalling import Recalling
from actors.request import Request
from actors.room_children import RoomChildren
from actors.seating import Move, Seating
from actors.session_feed import SessionFeed, Step
from actors.session_view import SessionView
from actors.steady_clock import SteadyClock
from actors.step_builder import refused_step, stored_change
from breakout.contract import commands as c
from breakout.contract import replies as r
from breakout.contract.pushes import RoomCreatedPush
from breakout.contract.views import room_view
from breakout.decisions.context import Context
from breakout.decisions.creation import create_rooms, require_capacity
from breakout.errors import InvalidData, Refusal, RoomNotFound
from breakout.ports import JournalEntry
from breakout.room import RoomState, SeatedBy
from breakout.room_commands import Reopen
from breakout.room_events import RoomCreated


@frozen(eq=False)
class SessionCommands:
    """Handles the commands whose route is the session."""

    feed: SessionFeed
    children: RoomChildren
    seating: Seating
    recalling: Recalling
    gathers: Gathers
    view: SessionView
    encoder: Encoder
    clock: SteadyClock
    new_id: Callable[[], str]
    max_open_rooms: int
    _handlers: dict[type, Callable[[Request, Any], None]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        handlers: dict[type, Callable[[Request, Any], None]] = {
            c.ListRooms: self._list,
            c.CreateRoom: self._create_one,
            c.CreateRooms: self._create_many,
            c.JoinRoom: self._join,
            c.LeaveRoom: self._leave,
            c.ReopenRoom: self._reopen,
            c.ExtendAllTimers: self._extend_all,
            c.RecallAll: self.recalling.announce,
            c.AcknowledgeRecall: self.recalling.acknowledge,
            c.CancelRecall: self.recalling.cancel,
            c.GetSession: self._get_session,
        }
        object.__setattr__(self, "_handlers", handlers)

    def handle(self, request: Request) -> None:
        """Carry out a command, or refuse it; a command that is a room's wakes its dormant actor."""
        handler = self._handlers.get(type(request.command), self._forward)
        try:
            handler(request, request.command)
        except Refusal as refusal:
            self.refuse(request, refusal)

    def refuse(self, request: Request, refusal: Refusal) -> None:
        """Answer `request` with a refusal, in order with everything else."""
        step = refused_step(request, refusal, self.encoder, self.feed.session.id, self.clock.now())
        self.feed.emit(step)

    def _forward(self, request: Request, command: Any) -> None:
        self.children.tell(command.room_id, request)

    def _list(self, request: Request, command: c.ListRooms) -> None:
        rooms = self.view.rooms(self.clock.now(), include_closed=command.include_closed)
        self._reply(request, r.RoomsReply(rooms))

    def _get_session(self, request: Request, _command: c.GetSession) -> None:
        snapshot = self.view.snapshot(request.reply_to, self.clock.now())
        self.feed.emit(Step((fx.ShowSession(request.reply_to, snapshot, request),)))

    def _create_one(self, request: Request, command: c.CreateRoom) -> None:
        now = self.clock.now()
        rooms = self._created(request, [command], now)
        self._store_created(request, rooms, r.RoomReply(room_view(rooms[0], now)), now)

    def _create_many(self, request: Request, command: c.CreateRooms) -> None:
        now = self.clock.now()
        rooms = self._created(request, command.rooms, now)
        self._store_created(request, rooms, r.RoomsReply([room_view(room, now) for room in rooms]), now)

    def _created(self, request: Request, specs: Sequence[c.RoomSpec], now: int) -> list[RoomState]:
        self._require_capacity(len(specs))
        context = Context(now, request.caller, self.new_id(), self.feed.session.users)
        return create_rooms(self.feed.session.id, specs, [self.new_id() for _ in specs], context)

    def _require_capacity(self, new_rooms: int) -> None:
        open_rooms = sum(room.open for room in self.feed.rooms.values())
        require_capacity(open_rooms, new_rooms, self.max_open_rooms)

    def _store_created(self, request: Request, rooms: list[RoomState], reply: object, now: int) -> None:
        body = self.encoder.reply_body(reply)
        order = self._order(request)
        entries = tuple(JournalEntry(room.id, RoomCreated(room)) for room in rooms)
        change = stored_change(self.feed.session.id, order, entries, body, now)
        pushes = [fx.Push(fx.SESSION_TOPIC, RoomCreatedPush(room_view(room, now))) for room in rooms]
        self.feed.emit(Step((fx.Reply(request, body), *pushes), change, tuple(rooms)))
        for room in rooms:
            self.children.start(room)

    def _join(self, request: Request, command: c.JoinRoom) -> None:
        self.seating.start(self._move(request, command.room_id, command.expected_revision))

    def _leave(self, request: Request, _command: c.LeaveRoom) -> None:
        self.seating.start(self._move(request, None, None))

    def _move(self, request: Request, room_id: str | None, expected_revision: int | None) -> Move:
        user = request.caller.user
        event = request.spec.event
        return Move(
            user, room_id, SeatedBy.SELF, event, self.new_id(), user, request, expected_revision=expected_revision
        )

    def _reopen(self, request: Request, command: c.ReopenRoom) -> None:
        room = self.feed.rooms.get(command.room_id)
        if room is None:
            raise RoomNotFound
        if not room.open:
            self._require_capacity(1)
        former = room.former_seats if command.restore_seats and not room.open else {}
        free = self.seating.reserve(user_id for user_id in former if user_id not in self.feed.seat_of)
        order = Reopen(tuple(free), self.seating.take_numbers(len(free)), command.expected_revision)
        gather = Gather(lambda _: self.seating.free(free), outstanding=1)
        self._order_rooms(request, [(room.id, order)], gather, silent=False)

    def _extend_all(self, request: Request, command: c.ExtendAllTimers) -> None:
        if command.seconds == 0:
            raise InvalidData({"seconds": "must not be 0"})
        running = [room.id for room in self.feed.rooms.values() if room.countdown is not None and room.countdown.running]
        orders = [(room_id, c.ExtendTimer(room_id, command.seconds)) for room_id in running]

        def finish(gather: Gather) -> None:
            self._reply(request, r.RoomIdsReply([done.room_id for done in gather.done]))

        self._order_rooms(request, orders, Gather(finish, outstanding=len(orders)))

    def _order_rooms(
        self, request: Request, orders: Sequence[tuple[str, object]], gather: Gather, *, silent: bool = True
    ) -> None:
        """Have several rooms do their part of one command; `gather` finishes when all have reported."""
        whole = self._order(request)
        self.gathers.begin(whole.change_id, gather)
        for room_id, command in orders:
            part = Order(
                command, whole.cause, whole.change_id, whole.by, request,
                silent=silent, gather_id=whole.change_id, report=True,
            )  # fmt: skip
            self.seating.deliver(room_id, part)

    def _order(self, request: Request) -> Order:
        return Order(request.command, request.spec.event, self.new_id(), request.caller.user, request)

    def _reply(self, request: Request, reply: object) -> None:
        """Answer with success, and remember the reply under the request's idempotency key."""
        body = self.encoder.reply_body(reply)
        change = stored_change(self.feed.session.id, self._order(request), (), body, self.clock.now())
        self.feed.emit(Step((fx.Reply(request, body),), change))
