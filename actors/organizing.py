"""What organizers do with people: move, swap, accompany, assign."""

from collections.abc import Callable

from attrs import frozen

from actors.answering import Answering
from actors.messages import Order, PlanMade
from actors.planning import Planning
from actors.request import Request
from actors.reseating import Outcome, Reseater
from actors.room_children import RoomChildren
from actors.seating import Move, Seating
from actors.session_commands import Handlers
from breakout.assignment.request import Plan
from breakout.contract import commands as c
from breakout.contract import replies as r
from breakout.decisions.companions import set_companion
from breakout.errors import Conflict, InvalidData, NotInRoom, RoomNotFound, UserNotFound
from breakout.identity import User
from breakout.ports import JournalEntry
from breakout.room import SeatedBy
from breakout.room_commands import MarkCompanion
from breakout.room_events import LeaveCause
from breakout.session import apply_session

Answer = Callable[[Request, Plan], None]


@frozen(eq=False)
class Organizing:
    """Handles `participant.move`, `participants.swap`, `companion.set` and `assignments.*`."""

    answering: Answering
    children: RoomChildren
    seating: Seating
    reseater: Reseater
    planning: Planning

    def handlers(self) -> Handlers:
        return {
            c.MoveParticipant: self._move,
            c.SwapParticipants: self._swap,
            c.SetCompanion: self._set_companion,
            c.PreviewAssignments: self._plan,
            c.ApplyAssignments: self._plan,
        }

    def plan_made(self, message: PlanMade) -> None:
        """The planner is done: show the plan, or carry it out."""
        if isinstance(message.plan, Plan):
            if isinstance(message.request.command, c.ApplyAssignments):
                self._apply(message.request, message.plan)
            else:
                self.answering.reply(message.request, _reply(message.plan))
        else:
            self.answering.refuse(message.request, message.plan)

    def _move(self, request: Request, command: c.MoveParticipant) -> None:
        user = self._user(command.user_id)
        if command.room_id is not None and command.room_id not in self.answering.feed.rooms:
            raise RoomNotFound
        if command.room_id is None and not self.seating.seated(user.id):
            self.answering.reply(request, r.Done())
            return
        order = self.answering.order(request)
        move = Move(
            user=user,
            room_id=command.room_id,
            by=SeatedBy.STAFF,
            cause=order.cause,
            change_id=order.change_id,
            initiator=order.by,
            request=request,
            expected_revision=command.expected_revision,
            leave_cause=LeaveCause.STAFF,
        )
        self.seating.start(move)

    def _swap(self, request: Request, command: c.SwapParticipants) -> None:
        first, second = (self._user(user_id) for user_id in command.user_ids)
        if first == second:
            raise InvalidData({"userIds": "must be two different people"})
        seat_of = self.answering.feed.seat_of
        if first.id not in seat_of or second.id not in seat_of:
            raise NotInRoom("both people must sit in rooms")
        targets = {first.id: seat_of[second.id], second.id: seat_of[first.id]}

        def finish(outcome: Outcome) -> None:
            if outcome.unplaced:
                self.answering.refuse(request, Conflict("a room closed or filled meanwhile", unplaced=list(outcome.unplaced)))
            else:
                self.answering.reply(request, r.Done())

        self.reseater.start(self.answering.order(request), targets, finish)

    def _set_companion(self, request: Request, command: c.SetCompanion) -> None:
        feed = self.answering.feed
        events = set_companion(feed.session, command)
        state = feed.session
        for event in events:
            state = apply_session(state, event)
        entries = tuple(JournalEntry(None, event) for event in events)
        self.answering.reply(request, r.Done(), entries=entries, session=state if events else None)
        room_id = feed.seat_of.get(command.user_id)
        if room_id is not None and events:
            order = self.answering.order(request)
            mark = MarkCompanion(command.user_id, command.companion_of is not None)
            self.seating.deliver(room_id, Order(mark, order.cause, order.change_id, order.by))
        if command.companion_of is not None and self.seating.seated(command.companion_of):
            self.seating.follow_companions([command.companion_of], request.caller.user)

    def _plan(self, request: Request, command: c.PreviewAssignments) -> None:
        self.planning.start(request, command)

    def _apply(self, request: Request, plan: Plan) -> None:
        targets: dict[str, str | None] = {placement.user_id: placement.room_id for placement in plan.assignments}

        def finish(outcome: Outcome) -> None:
            placed = [c.Placement(i, room_id) for i, room_id in outcome.placed.items() if room_id is not None]
            self.answering.reply(request, r.AssignmentsReply(placed, [*plan.unplaced, *outcome.unplaced], plan.relaxed))

        self.reseater.start(self.answering.order(request), targets, finish)

    def _user(self, user_id: str) -> User:
        found = self.answering.feed.session.users.get(user_id)
        if found is None:
            raise UserNotFound(userId=user_id)
        return found


def _reply(plan: Plan) -> r.AssignmentsReply:
    return r.AssignmentsReply(plan.assignments, plan.unplaced, plan.relaxed)
