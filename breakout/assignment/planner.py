"""Planning from request to plan, in steps between which an event loop may turn."""

from collections.abc import Callable, Generator, Iterator, Mapping

from attrs import define, field

from breakout.assignment.draft import Draft, prepare
from breakout.assignment.fill import Filled, fill, hardest_first
from breakout.assignment.improve import Effort, improve
from breakout.assignment.manual import place_by_hand
from breakout.assignment.party import anchored
from breakout.assignment.request import Plan, PlanRequest
from breakout.assignment.rotate import rotate
from breakout.assignment.unit import Unit
from breakout.assignment.wish import broken_wishes, repeated_meetings
from breakout.contract.commands import Placement, Strategy

APART_EFFORT = 200_000
"""`and`s of bits to part whom the first filling could not: at most about 100 ms, and nothing without such a wish."""

Rooms = tuple[dict[str, str], list[str]]
"""The room of everybody placed, and sentences on what could not be done."""


@define
class Planning:
    """One plan in the making. Iterate over it to the end, with a checkpoint after each step; then `plan` is there.

        for _ in planning:
            await trio.lowlevel.checkpoint()

    Attributes:
        plan: None until the iteration has ended.
    """

    request: PlanRequest
    plan: Plan | None = field(default=None, init=False)

    def __iter__(self) -> Iterator[None]:
        by_hand = self.request.strategy is Strategy.MANUAL
        request = anchored(self.request)
        placed, relaxed = yield from (place_by_hand if by_hand else _place)(request)
        room_of = _everybody(request, placed)
        relaxed += yield from _sentences(request, room_of)
        self.plan = _plan(request, room_of, relaxed)


def run_plan(request: PlanRequest) -> Plan:
    """The plan, made in one go: for callers who may block for as long as it takes."""
    planning = Planning(request)
    for _ in planning:
        pass
    assert planning.plan is not None
    return planning.plan


def _place(request: PlanRequest) -> Generator[None, None, Rooms]:
    draft = yield from prepare(request)
    filled = yield from _fill(draft)
    if request.strategy is Strategy.ROTATE:
        yield from draft.party.learn_meetings(request.met)
        filled = yield from rotate(draft, filled)
    users, rooms = draft.party.anchors, request.rooms
    return {users[person]: rooms[unit.room].id for unit in filled.units for person in unit.members}, []


def _fill(draft: Draft) -> Generator[None, None, Filled]:
    """The better of two fillings; the second, which spreads groups less, only if the first had to break a wish."""
    spread = yield from _attempt(draft, lambda filled: filled.seating.widest)
    if not spread.cuts and not spread.cost:
        return spread
    tight = yield from _attempt(draft, lambda filled: filled.seating.tightest)
    return min(spread, tight, key=lambda filled: (filled.cuts, filled.cost))


def _attempt(
    draft: Draft, choose_for_group: Callable[[Filled], Callable[[Unit], int | None]]
) -> Generator[None, None, Filled]:
    filled = draft.attempt()
    units = hardest_first(draft.fresh_units())
    yield from fill(filled, units, choose_for_group(filled), filled.seating.widest)
    if filled.cost:
        yield from improve(filled.seating, filled.units, Effort(APART_EFFORT))
    return filled


def _everybody(request: PlanRequest, placed: Mapping[str, str]) -> dict[str, str | None]:
    """The room of everybody the plan is about (None without one) and of everybody who stays.

    Companions go along with their person, or stay where they sit when their person is not there.
    """
    staying = {user: room.id for room in request.rooms for user in (*room.seated, *room.visitors)}
    asked = set(request.people)
    room_of: dict[str, str | None] = {**dict.fromkeys(request.people), **placed}
    room_of |= {user: room for user, room in staying.items() if user not in asked}
    for companion, anchor in request.companions.items():
        if anchor in asked or (companion in asked and anchor in room_of):
            room_of[companion] = room_of.get(anchor)
        elif companion in asked and companion not in placed:
            room_of[companion] = staying.get(companion)
    return room_of


def _sentences(request: PlanRequest, room_of: Mapping[str, str | None]) -> Generator[None, None, list[str]]:
    relaxed = []
    for sentences in broken_wishes(request, room_of):
        relaxed += sentences
        yield
    if request.strategy is Strategy.ROTATE:
        for sentences in repeated_meetings(request, room_of):
            relaxed += sentences
            yield
    return relaxed


def _plan(request: PlanRequest, room_of: Mapping[str, str | None], relaxed: list[str]) -> Plan:
    people = set(request.people)
    along = (user for user, anchor in request.companions.items() if anchor in people)
    asked = list(dict.fromkeys((*request.people, *along)))
    rank = {room.id: n for n, room in enumerate(request.rooms)}
    placed = sorted((rank[room], n, user, room) for n, user in enumerate(asked) if (room := room_of[user]) is not None)
    return Plan(
        assignments=tuple(Placement(user, room) for _, _, user, room in placed),
        unplaced=tuple(user for user in asked if room_of[user] is None),
        relaxed=tuple(relaxed),
    )
