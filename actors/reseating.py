"""Many seats changed at once: an assignment applied, two people swapped, a move taken back.

Everybody concerned is held back from other moves, and their companions come along. Each room gets one order: its leavers go and
its newcomers come in the same step, so that nobody else can take a place between the two. The feed is held meanwhile: all of it is
committed together and shown together, with the reply. Whoever finds no place in the end (a room closed or failed meanwhile) is in
the main session and is told so. One such change at a time: the next one begins when it has ended.
"""

from collections import deque
from collections.abc import Callable, Mapping

from attrs import define, field, frozen

from actors import effects as fx
from actors.gather import Gather, Gathers
from actors.messages import Order
from actors.room_effects import unseated
from actors.seating import Move, Seating
from actors.session_feed import SessionFeed, Step
from breakout.errors import Overloaded
from breakout.room import SeatedBy
from breakout.room_commands import Admit, Reseat

MAX_WAITING = 16
"""Changes of many seats that may wait for the one under way, which takes some 20 ms for 1,000 people."""


@frozen
class Outcome:
    """Who sits where they were to sit, and who found no place or was moving by themselves."""

    placed: Mapping[str, str | None]
    unplaced: tuple[str, ...]


@define(eq=False)
class _Reseating:
    """One change of many seats. `targets`: where to (None: the main session); `free`: whose seats it may change."""

    order: Order
    targets: dict[str, str | None]
    finish: Callable[[Outcome], None]
    free: list[str] = field(factory=list)
    busy: set[str] = field(factory=set)
    former: dict[str, str] = field(factory=dict)


class Reseater:
    """Changes many seats as one step."""

    def __init__(self, feed: SessionFeed, seating: Seating, gathers: Gathers, new_id: Callable[[], str]) -> None:
        self._feed = feed
        self._seating = seating
        self._gathers = gathers
        self._new_id = new_id
        self._running = False
        self._waiting: deque[_Reseating] = deque()

    def require_place(self) -> None:
        """Raises: Overloaded: Too many such changes wait. To be asked before `start`."""
        if len(self._waiting) >= MAX_WAITING:
            raise Overloaded("enough seat changes are waiting; try again")

    def start(self, order: Order, targets: Mapping[str, str | None], finish: Callable[[Outcome], None]) -> None:
        """Seat everybody in `targets` where they are to sit (None: the main session), then call `finish`.

        `order` says for the journal who wanted it and under which change; what `finish` emits is committed with it. Companions of
        those in `targets` go along. Those who sit there already stay; those whose own move is under way are left alone and count
        as unplaced.
        """
        self._waiting.append(_Reseating(order, dict(targets), finish))
        if not self._running:
            self._begin()

    def _begin(self) -> None:
        work = self._waiting.popleft()
        self._running = True
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
        self._gathers.begin(gather_id, Gather(lambda _: self._finish(work), outstanding=len(parts)))
        for room_id, part in parts.items():
            order = Order(part, whole.cause, whole.change_id, whole.by, gather_id=gather_id, report=True)
            self._seating.deliver(room_id, order)

    def _moves(self, user_id: str, room_id: str | None) -> bool:
        """Whether they are to sit elsewhere, and may: nobody is seated whom an operator has put out meanwhile."""
        return self._feed.seat_of.get(user_id) != room_id and not (room_id is not None and self._feed.barred(user_id))

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

    def _finish(self, work: _Reseating) -> None:
        seat_of = self._feed.seat_of
        lost = [user_id for user_id in work.former if user_id not in seat_of]
        effects: list[fx.Effect] = []
        for user_id in lost:
            effects += unseated(user_id, SeatedBy.STAFF)
        if effects:
            self._feed.emit(Step(tuple(effects)))
        there = [i for i, room_id in work.targets.items() if seat_of.get(i) == room_id and i not in work.busy]
        placed = {user_id: work.targets[user_id] for user_id in there}
        work.finish(Outcome(placed, tuple(user_id for user_id in work.targets if user_id not in placed)))
        self._feed.let_go()
        self._seating.free(work.free)
        self._running = False
        if self._waiting:
            self._begin()
