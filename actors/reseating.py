"""Many seats changed at once: an assignment applied, two people swapped, a move taken back.

Everybody concerned is held back from other moves. First every room lets its leavers go, then every room lets the newcomers in; the
feed is held meanwhile, so that all of it is committed together and shown together. Whoever finds no place in the end (a room
filled up or closed meanwhile) is in the main session and is told so.
"""

from collections.abc import Callable, Mapping

from attrs import define, frozen

from actors import effects as fx
from actors.gather import Gather, Gathers
from actors.messages import Order
from actors.room_effects import unseated
from actors.seating import Move, Seating
from actors.session_feed import SessionFeed, Step
from breakout.identity import User
from breakout.room import SeatedBy
from breakout.room_commands import Admit, Reseat


@frozen
class Outcome:
    """Who sits where they were to sit, and who found no place or was moving by themselves."""

    placed: Mapping[str, str | None]
    unplaced: tuple[str, ...]


@define(eq=False)
class _Reseating:
    """One change of many seats, under way."""

    order: Order
    targets: dict[str, str | None]
    busy: tuple[str, ...]
    finish: Callable[[Outcome], None]
    former: dict[str, str]


class Reseater:
    """Changes many seats as one step."""

    def __init__(self, feed: SessionFeed, seating: Seating, gathers: Gathers, new_id: Callable[[], str]) -> None:
        self._feed = feed
        self._seating = seating
        self._gathers = gathers
        self._new_id = new_id

    def start(self, order: Order, targets: Mapping[str, str | None], finish: Callable[[Outcome], None]) -> None:
        """Seat everybody in `targets` where they are to sit (None: the main session), then call `finish`.

        `order` says for the journal who wanted it and under which change. Those who sit there already stay; those whose own
        move is under way are left alone and count as unplaced.
        """
        moving = {i: room for i, room in targets.items() if self._feed.seat_of.get(i) != room}
        free = self._seating.reserve(moving)
        former = {i: self._feed.seat_of[i] for i in free if i in self._feed.seat_of}
        busy = tuple(i for i in moving if i not in free)
        work = _Reseating(order, dict(targets), busy, finish, former)
        self._feed.hold()
        leaving = _by_room(former)
        parts = {room_id: Reseat(leaving=tuple(user_ids)) for room_id, user_ids in leaving.items()}
        self._tell(work, parts, lambda _: self._admit(work, free))

    def _admit(self, work: _Reseating, free: list[str]) -> None:
        entering: dict[str, list[Admit]] = {}
        for user_id in free:
            room_id = work.targets[user_id]
            user = self._feed.session.users.get(user_id)
            if room_id is not None and user is not None:
                entering.setdefault(room_id, []).append(self._seating.admit_command(self._move(user, room_id, work)))
        parts = {room_id: Reseat(entering=tuple(admits)) for room_id, admits in entering.items()}
        self._tell(work, parts, lambda _: self._finish(work, free))

    def _finish(self, work: _Reseating, free: list[str]) -> None:
        lost = [user_id for user_id in free if user_id in work.former and user_id not in self._feed.seat_of]
        effects: list[fx.Effect] = []
        for user_id in lost:
            effects += unseated(user_id, SeatedBy.STAFF)
        if effects:
            self._feed.emit(Step(tuple(effects)))
        placed = {
            user_id: room_id
            for user_id, room_id in work.targets.items()
            if self._feed.seat_of.get(user_id) == room_id and user_id not in work.busy
        }
        self._feed.let_go()
        work.finish(Outcome(placed, tuple(user_id for user_id in work.targets if user_id not in placed)))
        self._seating.free(free)

    def _tell(self, work: _Reseating, parts: Mapping[str, Reseat], then: Callable[[Gather], None]) -> None:
        gather_id = self._new_id()
        self._gathers.begin(gather_id, Gather(then, outstanding=len(parts)))
        for room_id, part in parts.items():
            whole = work.order
            order = Order(part, whole.cause, whole.change_id, whole.by, gather_id=gather_id, report=True)
            self._seating.deliver(room_id, order)

    @staticmethod
    def _move(user: User, room_id: str, work: _Reseating) -> Move:
        return Move(user, room_id, SeatedBy.STAFF, work.order.cause, work.order.change_id, work.order.by)


def _by_room(seats: Mapping[str, str]) -> dict[str, list[str]]:
    rooms: dict[str, list[str]] = {}
    for user_id, room_id in seats.items():
        rooms.setdefault(room_id, []).append(user_id)
    return rooms
