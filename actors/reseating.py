"""Many seats changed at once: an assignment applied, two people swapped, a move taken back.

Everybody concerned is held back from other moves, and their companions come along. Each room gets one order: its leavers go and
its newcomers come in the same step, so that nobody else can take a place between the two. The feed is held meanwhile: all of it is
committed together and shown together, with the reply. One such change at a time: the next one begins when it has ended.

A room that dies before it has done its part is stood in for (`stand_in.py`), and read back when all of it is submitted: no change
is made by half. Whoever finds no place in the end (a room closed meanwhile) is in the main session and is told so. Those whose seat
is or would be in a room that is being read back when the change begins are left alone.
"""

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial

from attrs import define, field, frozen

from actors import effects as fx
from actors.gather import Gather, Gathers
from actors.messages import Order
from actors.room_effects import unseated
from actors.seating import Move, Seating
from actors.session_feed import Step
from actors.stand_in import StandIn
from breakout.errors import Overloaded
from breakout.room import SeatedBy
from breakout.room_commands import Admit, Reseat

MAX_WAITING = 16
"""Changes of many seats that may wait for the one under way, which takes some 20 ms for 1,000 people."""


Targets = Mapping[str, str | None]
"""Who is to sit where; None: in the main session."""


@frozen
class Outcome:
    """Who sits where they were to sit, and who does not: there was no place, or they were left alone."""

    placed: Targets
    unplaced: Targets


@define(eq=False)
class _Reseating:
    """One change of many seats. `find`: gives `targets` when it begins; `free`: whose seats it may change."""

    order: Order
    find: Callable[[], Targets | None]
    finish: Callable[[Outcome], None]
    targets: dict[str, str | None] = field(factory=dict)
    free: list[str] = field(factory=list)
    busy: set[str] = field(factory=set)
    former: dict[str, str] = field(factory=dict)


class Reseater:
    """Changes many seats as one step."""

    def __init__(self, seating: Seating, gathers: Gathers, stand_in: StandIn) -> None:
        self._feed = stand_in.tools.feed
        self._seating = seating
        self._gathers = gathers
        self._stand_in = stand_in
        self._new_id = stand_in.tools.new_id
        self._running = False
        self._waiting: deque[_Reseating] = deque()

    def require_place(self) -> None:
        """Raises: Overloaded: Too many such changes wait. To be asked before `start`."""
        if len(self._waiting) >= MAX_WAITING:
            raise Overloaded("enough seat changes are waiting; try again")

    def start(self, order: Order, find: Callable[[], Targets | None], finish: Callable[[Outcome], None]) -> None:
        """Seat everybody where `find` says, then call `finish`.

        `find` is asked when those before it have ended; where it says None there is nothing to do, and `finish` is not called.
        `order` says for the journal who wanted it and under which change; what `finish` emits is committed with it. Companions of
        those who are to be seated go along. Those who sit there already stay; those whose own move is under way are left alone and
        count as unplaced.
        """
        self._waiting.append(_Reseating(order, find, finish))
        self._next()

    def _next(self) -> None:
        while self._waiting and not self._running:
            work = self._waiting.popleft()
            targets = work.find()
            if targets is not None:
                work.targets.update(targets)
                self._running = True
                self._begin(work)

    def _begin(self, work: _Reseating) -> None:
        seat_of = self._feed.seat_of
        for companion, person in self._seating.companions_of(work.targets).items():
            work.targets.setdefault(companion, work.targets[person])
        moving = [user_id for user_id, room_id in work.targets.items() if self._moves(user_id, room_id)]
        work.free = self._seating.reserve(moving)
        work.busy = set(moving).difference(work.free)
        work.former = {user_id: seat_of[user_id] for user_id in work.free if user_id in seat_of}
        self._feed.hold()
        parts = self._parts(work)
        gather_id, whole = self._new_id(), work.order
        self._gathers.begin(gather_id, Gather(partial(self._finish, work), outstanding=len(parts)))
        for room_id, part in parts.items():
            order = Order(part, whole.cause, whole.change_id, whole.by, gather_id=gather_id, report=True)
            self._seating.deliver(room_id, order)

    def _moves(self, user_id: str, room_id: str | None) -> bool:
        """Whether they are to sit elsewhere, and may: nobody is seated whom an operator has put out meanwhile."""
        present, children = self._feed.seat_of.get(user_id), self._stand_in.children
        if present == room_id or children.being_read(present) or children.being_read(room_id):
            return False
        return room_id is None or not self._feed.barred(user_id)

    def _parts(self, work: _Reseating) -> dict[str, Reseat]:
        """What each room concerned has to do."""
        leaving: dict[str, list[str]] = {}
        entering: dict[str, list[Admit]] = {}
        for user_id, room_id in work.former.items():
            leaving.setdefault(room_id, []).append(user_id)
        for user_id in work.free:
            target, user = work.targets[user_id], self._feed.session.users.get(user_id)
            if target is not None and user is not None:
                move = Move(user, target, SeatedBy.STAFF, work.order.cause, work.order.change_id, work.order.by)
                entering.setdefault(target, []).append(self._seating.admit_command(move))
        rooms = dict.fromkeys([*leaving, *entering])
        return {i: Reseat(tuple(leaving.get(i, ())), tuple(entering.get(i, ()))) for i in rooms}

    def _finish(self, work: _Reseating, gather: Gather) -> None:
        for part in gather.refused:
            self._stand_in.make_up_for(part)
        seat_of = self._feed.seat_of
        lost = [user_id for user_id in work.former if user_id not in seat_of]
        effects: list[fx.Effect] = []
        for user_id in lost:
            effects += unseated(user_id, SeatedBy.STAFF)
        if effects:
            self._feed.emit(Step(tuple(effects)))
        there = [i for i, room_id in work.targets.items() if seat_of.get(i) == room_id and i not in work.busy]
        placed = {user_id: work.targets[user_id] for user_id in there}
        work.finish(Outcome(placed, {i: room_id for i, room_id in work.targets.items() if i not in placed}))
        self._feed.let_go()
        self._seating.free(work.free)
        self._running = False
        self._next()
