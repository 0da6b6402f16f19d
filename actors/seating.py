"""One user, one seat: every seat change of a session passes here, one at a time per user.

A move is: admit in the new room; when that has happened, release the old seat. While a user's move is under way, their next one
waits, and the feed is held so that both halves are committed and shown together, also where the former room dies over the second
(`stand_in.py`); one that was being read back then gives up the seat when it is back. Should the store ever have two seats of one
user, the one with the higher number counts, and the other is released when the session is loaded.
"""

from collections import deque
from collections.abc import Iterable

from attrs import evolve, frozen

from actors.answering import Answering
from actors.gather import Gathers
from actors.messages import Order, OrderDone
from actors.presence import Presence
from actors.request import Request
from actors.stand_in import StandIn
from breakout.contract.replies import Done
from breakout.errors import Forbidden, NotInRoom, Overloaded, Refusal, UserNotFound
from breakout.identity import User
from breakout.room import RoomState, SeatedBy
from breakout.room_commands import Admit, MarkCompanion, Release, Reopen, Reseat
from breakout.room_events import LeaveCause

MAX_WAITING_MOVES = 16
"""Seat changes of one user that may wait for the one under way."""

MAX_AUTO_ATTEMPTS = 3
"""Rooms a latecomer is tried in; each may have filled up since it was chosen. Then they stay in the main session."""

NO_NUMBER = 2**62
"""Above every seat number: releases whatever seat there is."""


@frozen(eq=False)
class Move:
    """Somebody is to sit in `room_id`, or in no room.

    Attributes:
        request: The command to answer, by the room that decides.
        initiator: Who wanted it, for the journal.
        attempts: How many rooms refused this latecomer.
        former_room_id: Where they sat when the move began.
    """

    user: User
    room_id: str | None
    by: SeatedBy
    cause: str
    change_id: str
    initiator: User | None = None
    request: Request | None = None
    expected_revision: int | None = None
    leave_cause: LeaveCause = LeaveCause.LEFT
    attempts: int = 0
    former_room_id: str | None = None

    @property
    def holds(self) -> bool:
        """From one room to another: both halves are to be committed and shown together."""
        return None not in (self.room_id, self.former_room_id) and self.room_id != self.former_room_id


class Seating:
    """The seats of one session."""

    def __init__(self, answering: Answering, stand_in: StandIn, presence: Presence, gathers: Gathers) -> None:
        feed = answering.feed
        self._feed = feed
        self._answering = answering
        self._children = stand_in.children
        self._stand_in = stand_in
        self._presence = presence
        self._gathers = gathers
        self._new_id = answering.new_id
        self._busy: dict[str, Move | None] = {}
        self._deferred: dict[str, deque[Move]] = {}
        self._arriving: dict[str, int] = {}
        self._next_number = 1 + max((s.number for r in feed.rooms.values() for s in r.seats.values()), default=0)

    @property
    def idle(self) -> bool:
        """No seat change is under way."""
        return not self._busy

    def seated(self, user_id: str) -> bool:
        """Whether the user sits in a room."""
        return user_id in self._feed.seat_of

    def barred(self, user_id: str) -> bool:
        """Whether an operator has put the user out: then nobody seats them."""
        return self._feed.barred(user_id)

    def moving(self, user_id: str) -> bool:
        """Whether a seat change of the user is under way."""
        return user_id in self._busy

    def destination(self, user_id: str) -> str | None:
        """Where the user will sit once the move that is under way is done; where they sit without one."""
        move = self._busy.get(user_id)
        return move.room_id if move is not None else self._feed.seat_of.get(user_id)

    def arriving(self, room_id: str) -> int:
        """How many people are on their way into the room."""
        return self._arriving.get(room_id, 0)

    def take_numbers(self, count: int) -> int:
        """The first of `count` fresh seat numbers."""
        first = self._next_number
        self._next_number += count
        return first

    def start(self, move: Move) -> None:
        """Begin a move now, or after those of the same user that are under way."""
        if move.user.id not in self._busy:
            self._begin(move)
            return
        waiting = self._deferred.setdefault(move.user.id, deque())
        if len(waiting) >= MAX_WAITING_MOVES:
            self._fail(move, Overloaded())
        else:
            waiting.append(move)

    def expel(self, move: Move) -> None:
        """Have somebody who was put out leave their seat: after the move that is under way, before any other of theirs."""
        for waiting in self._deferred.pop(move.user.id, ()):
            self._fail(waiting, _barred(waiting))
        self.start(move)

    def reserve(self, user_ids: Iterable[str]) -> list[str]:
        """Hold back other moves of these users while several rooms are changed at once. Returns those who were free."""
        free = [user_id for user_id in user_ids if user_id not in self._busy]
        self._busy.update(dict.fromkeys(free))
        return free

    def free(self, user_ids: Iterable[str]) -> None:
        """End what `reserve` began, and let waiting moves follow."""
        for user_id in user_ids:
            self._busy.pop(user_id, None)
            self._follow(user_id)

    def done(self, done: OrderDone) -> None:
        """A room has reported: a seat change goes on to its second half, or has ended."""
        command = done.order.command
        user_id = command.user.id if isinstance(command, Admit) else command.user_id if isinstance(command, Release) else ""
        move = self._busy.get(user_id)
        if move is None or move.change_id != done.order.change_id:
            return
        refusal = done.refusal
        if isinstance(command, Admit):
            self._leave_arriving(done.room_id)
            if self._admitted(done.room_id, command):
                refusal = None  # also where the room died of it, before it could say so
            if refusal is None and move.holds:
                release = Release(user_id, command.number, LeaveCause.MOVED)
                second = Order(release, move.cause, move.change_id, move.initiator, report=True)
                self.deliver(str(move.former_room_id), second)
                return
        elif move.room_id is not None:
            self._stand_in.make_up_for(done)
            refusal = None  # a release that is lost all the same is made up for by `settle_restored`
        del self._busy[user_id]
        if move.holds:
            self._feed.let_go()
        self._ended(move, refusal)

    def follow_companions(self, user_ids: Iterable[str], initiator: User | None) -> None:
        """Seat the companions of these people where they sit now; a companion whose person left leaves too."""
        for companion_id in self.companions_of(user_ids):
            self.accompany(companion_id, initiator)

    def companions_of(self, user_ids: Iterable[str]) -> dict[str, str]:
        """Who of those present accompanies one of these people, and whom."""
        persons, seat_of = set(user_ids), self._feed.seat_of
        return {
            companion_id: person
            for companion_id, person in self._feed.session.companions.items()
            if person in persons and (self._presence.connected(companion_id) or companion_id in seat_of)
        }

    def accompany(self, companion_id: str, initiator: User | None) -> None:
        """Seat a companion where their person sits now."""
        room_id = self._feed.seat_of.get(self._feed.session.companions[companion_id])
        user = self._feed.session.users.get(companion_id)
        if user is not None and self._feed.seat_of.get(companion_id) != room_id:
            cause, change_id = "companion", self._new_id()
            self.start(Move(user, room_id, SeatedBy.STAFF, cause, change_id, initiator, leave_cause=LeaveCause.STAFF))

    def place_latecomer(self, move: Move) -> None:
        """Seat them in the emptiest open, unlocked room with `autoAssign` and a free place, if there is one."""
        rooms = [
            (self._feed.counts[r.id] + self.arriving(r.id), n, r)
            for n, r in enumerate(self._feed.rooms.values())
            if r.auto_assign and not r.locked and r.enterable and self._children.running(r.id)
        ]
        free = [entry for entry in rooms if entry[0] < entry[2].max_participants]
        if free and move.attempts < MAX_AUTO_ATTEMPTS:
            self.start(evolve(move, room_id=min(free)[2].id))

    def admit_command(self, move: Move) -> Admit:
        """The order to seat the user, with a fresh number."""
        return Admit(
            user=move.user,
            number=self.take_numbers(1),
            by=move.by,
            staff=self.is_staff(move.user.id),
            companion=move.user.id in self._feed.session.companions,
            expected_revision=move.expected_revision,
        )

    def is_staff(self, user_id: str) -> bool:
        """Whether the user is staff: as they are connected now, else as they sat down."""
        connections = self._presence.connections(user_id)
        if connections:
            return connections[0].caller.staff
        room = self._feed.rooms.get(self._feed.seat_of.get(user_id, ""))
        return room is not None and user_id in room.seats and room.seats[user_id].staff

    def _begin(self, move: Move) -> None:
        if move.room_id is not None and self.barred(move.user.id):
            self._fail(move, _barred(move))
            self._follow(move.user.id)
            return
        present = self._feed.seat_of.get(move.user.id)
        target = move.room_id if move.room_id is not None else present
        if target is None:
            self._nowhere(move)
            return
        if move.room_id is not None:
            command: Admit | Release = self.admit_command(move)
            self._arriving[target] = self.arriving(target) + 1
        else:
            command = Release(move.user.id, NO_NUMBER, move.leave_cause)
        begun = self._busy[move.user.id] = evolve(move, former_room_id=present)
        if begun.holds:
            self._feed.hold()
        self.deliver(target, Order(command, move.cause, move.change_id, move.initiator, move.request, report=True))

    def deliver(self, room_id: str, order: Order) -> None:
        """Give a room an order; if it cannot take it now, that is the order's outcome."""
        try:
            self._children.tell(room_id, order)
        except Refusal as refusal:
            if order.request is not None and not order.silent:
                self._answering.refuse(order.request, refusal)
            failed = OrderDone(room_id, order, refusal)
            self.done(failed)
            self._gathers.report(failed)

    def settle_restored(self, room: RoomState) -> None:
        """Give up the seats of people who sit elsewhere or nowhere by now, or were put out, while the room was away.

        Who became a companion meanwhile, or ceased to be one, is marked so.
        """
        companions = self._feed.session.companions
        for user_id, seat in room.seats.items():
            if self.barred(user_id):
                release = Release(user_id, seat.number, LeaveCause.STAFF)
                self.deliver(room.id, Order(release, "restore", self._new_id(), report=True))
            elif self._feed.seat_of.get(user_id) != room.id:
                release = Release(user_id, seat.number, LeaveCause.MOVED)
                self.deliver(room.id, Order(release, "restore", self._new_id(), report=True))
            elif seat.companion != (user_id in companions):
                self.deliver(room.id, Order(MarkCompanion(user_id, not seat.companion), "restore", self._new_id()))

    def _nowhere(self, move: Move) -> None:
        """Somebody who sits nowhere is to leave: staff have what they want, the person is told."""
        if move.request is not None and move.by is SeatedBy.STAFF:
            self._answering.reply(move.request, Done())
        else:
            self._fail(move, NotInRoom())
        self._follow(move.user.id)

    def _ended(self, move: Move, refusal: Refusal | None) -> None:
        if refusal is not None and move.by is SeatedBy.AUTO and move.room_id is not None:
            self.place_latecomer(evolve(move, attempts=move.attempts + 1))
        elif refusal is None and move.leave_cause is not LeaveCause.HOLD_EXPIRED:
            self.follow_companions([move.user.id], move.initiator)
        self._follow(move.user.id)

    def _admitted(self, room_id: str, command: Admit) -> bool:
        room = self._feed.rooms.get(room_id)
        seat = room.seats.get(command.user.id) if room is not None else None
        return seat is not None and seat.number == command.number

    def _leave_arriving(self, room_id: str) -> None:
        left = self.arriving(room_id) - 1
        if left > 0:
            self._arriving[room_id] = left
        else:
            self._arriving.pop(room_id, None)

    def _follow(self, user_id: str) -> None:
        waiting = self._deferred.get(user_id)
        if not waiting or user_id in self._busy:
            return
        move = waiting.popleft()
        if not waiting:
            del self._deferred[user_id]
        self._begin(move)

    def _fail(self, move: Move, refusal: Refusal) -> None:
        if move.request is not None:
            self._answering.refuse(move.request, refusal)


def _barred(move: Move) -> Refusal:
    """Why nobody seats them: to staff there is no such person any more."""
    if move.by is SeatedBy.SELF:
        return Forbidden("an operator has put you out of this session")
    return UserNotFound("an operator has put them out of this session", userId=move.user.id)


def seated_by(command: object) -> list[str]:
    """The users to whom this command of a room may have given a seat."""
    match command:
        case Admit(user):
            return [user.id]
        case Reseat(entering=admits):
            return [admit.user.id for admit in admits]
        case Reopen(returning):
            return list(returning)
        case _:
            return []
