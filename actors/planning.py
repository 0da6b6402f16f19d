"""Plans who goes where, beside the supervisor: planning takes up to half a second, in steps that let everything else run.

The request is made from the session as it is when the command comes; the finished plan goes back to the supervisor as a message
(`PlanMade`), who shows it or carries it out.
"""

import secrets
from collections.abc import Awaitable, Callable, Iterable

import structlog
import trio
from attrs import evolve, frozen

from actors.messages import PlanMade
from actors.presence import Presence
from actors.request import Request
from actors.seating import Seating
from actors.session_feed import SessionFeed
from breakout.assignment.meetings import Meetings
from breakout.assignment.planner import Planning as Planner
from breakout.assignment.request import Plan, PlanRequest, RoomSlot
from breakout.contract.commands import PreviewAssignments, Strategy
from breakout.errors import Internal, InvalidData, Overloaded, Refusal, RoomClosed, RoomNotFound, UserNotFound
from breakout.ports import Stay, Store
from breakout.room import RoomState

log = structlog.get_logger()

MAX_PLANS = 4
"""Plans under way in one session at once; each may hold a few MB and takes up to half a second."""

NOT_PLACED = "staff, facilitators, companions and people whom an operator has put out"


@frozen(eq=False)
class AsideTools:
    """What is needed for work beside the supervisor.

    Attributes:
        spawn: Starts a task that ends with the session.
        report: Tells the supervisor something.
    """

    spawn: Callable[[Callable[[], Awaitable[None]]], None]
    report: Callable[[object], None]
    store: Store


class Planning:
    """The planner of one session."""

    def __init__(self, feed: SessionFeed, presence: Presence, seating: Seating, tools: AsideTools) -> None:
        self._feed = feed
        self._presence = presence
        self._seating = seating
        self._tools = tools
        self._running = 0

    def start(self, request: Request, command: PreviewAssignments) -> None:
        """Plan, and report the plan later.

        Raises:
            InvalidData: The fields do not fit the strategy.
            RoomNotFound, RoomClosed, UserNotFound: A room or person named is not there to plan with.
            Overloaded: Enough plans are under way.
        """
        asked = self._request(command)
        if self._running >= MAX_PLANS:
            raise Overloaded("enough plans are being made; try again")
        self._running += 1
        self._tools.spawn(lambda: self._plan(request, command, asked))

    async def _plan(self, request: Request, command: PreviewAssignments, asked: PlanRequest) -> None:
        try:
            plan: Plan | Refusal = self._with_left_out(command, await self._make(asked))
        except Refusal as refusal:
            plan = refusal.with_traceback(None)  # which leads back here; apart, they leave memory at once
        except Exception:
            log.exception("planning failed", session=self._feed.session.id)
            plan = Internal()
        finally:
            self._running -= 1
        self._tools.report(PlanMade(request, plan))

    async def _make(self, asked: PlanRequest) -> Plan:
        if asked.strategy is Strategy.ROTATE:
            stays = [stay async for stay in self._tools.store.attendance_rows(self._feed.session.id)]
            asked = evolve(asked, met=await _met(stays))
        planner = Planner(asked)
        for _ in planner:
            await trio.lowlevel.checkpoint()
        assert planner.plan is not None
        return planner.plan

    def _with_left_out(self, command: PreviewAssignments, plan: Plan) -> Plan:
        """Staff, facilitators, companions and people put out who were named are not placed; say so."""
        known = {*plan.unplaced, *(placement.user_id for placement in plan.assignments)}
        left_out = tuple(i for i in self._named(command) if not self.placeable(i) and i not in known)
        if not left_out:
            return plan
        who = "1 of the people named is" if len(left_out) == 1 else f"{len(left_out)} of the people named are"
        sentence = f"{who} not placed: {NOT_PLACED} are not."
        return evolve(plan, unplaced=(*plan.unplaced, *left_out), relaxed=(*plan.relaxed, sentence))

    def _request(self, command: PreviewAssignments) -> PlanRequest:
        _require_fields(command)
        users = self._feed.session.users
        named = self._named(command)
        for user_id in named:
            if user_id not in users:
                raise UserNotFound(userId=user_id)
        explicit = command.user_ids is not None or command.strategy is Strategy.MANUAL
        people = named if explicit else self._presence.user_ids()
        return PlanRequest(
            strategy=command.strategy,
            people=tuple(i for i in dict.fromkeys(people) if self.placeable(i)),
            rooms=tuple(self._slot(room) for room in self._rooms(command)),
            manual=tuple(p for p in command.assignments or () if self.placeable(p.user_id)),
            keep_together=command.keep_together,
            keep_apart=command.keep_apart,
            seed=command.seed if command.seed is not None else secrets.randbelow(2**53),
            companions=self._seating.companions_of(users),
            names={i: f"{user.first_name} {user.last_name}".strip() or i for i, user in users.items()},
        )

    def _named(self, command: PreviewAssignments) -> list[str]:
        by_hand = [placement.user_id for placement in command.assignments or ()]
        return list(dict.fromkeys([*(command.user_ids or ()), *by_hand]))

    def placeable(self, user_id: str) -> bool:
        """Whether a plan gives this person a place: not staff, no facilitator of an open room, nobody's companion, not put out."""
        if user_id in self._feed.session.companions or self._feed.barred(user_id) or self._seating.is_staff(user_id):
            return False
        return not any(room.open and room.facilitated_by(user_id) for room in self._feed.rooms.values())

    def _rooms(self, command: PreviewAssignments) -> Iterable[RoomState]:
        rooms = self._feed.rooms
        named = command.room_ids
        if named is None and command.assignments:
            named = tuple(dict.fromkeys(placement.room_id for placement in command.assignments))
        if named is None:
            return [room for room in rooms.values() if room.enterable]
        for room_id in named:
            if room_id not in rooms:
                raise RoomNotFound(roomId=room_id)
            if not rooms[room_id].enterable:
                raise RoomClosed(roomId=room_id)
        return [rooms[room_id] for room_id in dict.fromkeys(named)]

    def _slot(self, room: RoomState) -> RoomSlot:
        seated = tuple(i for i, seat in room.seats.items() if seat.counts)
        visitors = tuple(i for i, seat in room.seats.items() if not seat.counts)
        return RoomSlot(room.id, room.max_participants, seated, visitors, room.name)


def _require_fields(command: PreviewAssignments) -> None:
    by_hand = command.strategy is Strategy.MANUAL
    if by_hand and not command.assignments:
        raise InvalidData({"assignments": 'needed where strategy is "manual"'})
    if command.assignments and not by_hand:
        raise InvalidData({"assignments": 'only where strategy is "manual"'})


async def _met(stays: list[Stay]) -> dict[tuple[str, str], int]:
    meetings = Meetings(stays)
    for _ in meetings:
        await trio.lowlevel.checkpoint()
    return meetings.met
