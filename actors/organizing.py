"""What organizers do with people: move, swap, accompany, assign."""

from attrs import evolve, frozen

from actors.answering import Answering
from actors.gather import Gather, Gathers
from actors.messages import Order, PlanMade
from actors.planning import Planning
from actors.request import Request
from actors.reseating import Outcome, Reseater, Targets
from actors.room_children import RoomChildren
from actors.seating import Move, Seating
from actors.session_commands import Handlers
from breakout.assignment.request import Plan
from breakout.contract import commands as c
from breakout.contract import replies as r
from breakout.decisions.companions import set_companion
from breakout.decisions.seats import admit
from breakout.errors import (
    Conflict,
    Internal,
    InvalidData,
    NotInRoom,
    Refusal,
    RoomFull,
    RoomNotFound,
    RoomUnavailable,
    UserNotFound,
)
from breakout.identity import User
from breakout.ports import JournalEntry
from breakout.room import RoomState, SeatedBy
from breakout.room_commands import Admit, MarkCompanion
from breakout.room_events import LeaveCause
from breakout.session import apply_session


@frozen(eq=False)
class Organizing:
    """Handles `participant.move`, `participants.swap`, `companion.set` and `assignments.*`."""

    answering: Answering
    children: RoomChildren
    seating: Seating
    gathers: Gathers
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
        try:
            self.answering.require_admitted(message.request)
            if isinstance(message.plan, Refusal):
                self.answering.refuse(message.request, message.plan)
            elif isinstance(message.request.command, c.ApplyAssignments):
                self._apply(message.request, message.request.command, message.plan)
            else:
                self.answering.reply(message.request, _reply(message.plan))
        except Refusal as refusal:
            self.answering.refuse(message.request, refusal)

    def _move(self, request: Request, command: c.MoveParticipant) -> None:
        user = self._user(command.user_id)
        if command.room_id is not None and command.room_id not in self.answering.feed.rooms:
            raise RoomNotFound
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
        targets, rooms = self._exchange(request, command), self.answering.feed.rooms
        self.reseater.require_place()

        def find() -> Targets | None:
            try:
                if self._exchange(request, command) != targets:
                    raise Conflict("one of them has moved meanwhile; look again")
            except Refusal as refusal:
                self.answering.refuse(request, refusal)
                return None
            return targets

        def finish(outcome: Outcome) -> None:
            # A room that closed meanwhile has sent its people back by itself.
            if any(i in outcome.unplaced and rooms[room_id].enterable for i, room_id in targets.items()):
                self.answering.refuse(request, Internal("one of them found no place; look where they are"))
            else:
                self.answering.reply(request, r.Done())

        self.reseater.start(self.answering.order(request), find, finish)

    def _exchange(self, request: Request, command: c.SwapParticipants) -> dict[str, str]:
        """Who of the two is to sit where. Raises: Refusal: They cannot take each other's place."""
        first, second = (self._user(user_id) for user_id in command.user_ids)
        if first == second:
            raise InvalidData({"userIds": "must be two different people"})
        seat_of, rooms = self.answering.feed.seat_of, self.answering.feed.rooms
        if self.seating.moving(first.id) or self.seating.moving(second.id):  # and may sit nowhere for a moment
            raise Conflict("one of them is on the move; look again")
        if first.id not in seat_of or second.id not in seat_of:
            raise NotInRoom("both people must sit in rooms")
        targets = {first.id: seat_of[second.id], second.id: seat_of[first.id]}
        if seat_of[first.id] != seat_of[second.id]:
            self._require_exchange(rooms[seat_of[second.id]], second, first, request)
            self._require_exchange(rooms[seat_of[first.id]], first, second, request)
        return targets

    def _require_exchange(self, room: RoomState, leaving: User, entering: User, request: Request) -> None:
        """Raises: RoomUnavailable, RoomClosed, RoomFull: `entering` cannot take the place of `leaving` in this room."""
        if not self.children.running(room.id):
            raise RoomUnavailable
        staying = {i: seat for i, seat in room.seats.items() if i != leaving.id}
        promised = 0 if room.seats[leaving.id].counts else self.seating.arriving(room.id)  # else the leaver's place is free anyway
        without = evolve(room, seats=staying, max_participants=room.max_participants - promised)
        companion = entering.id in self.answering.feed.session.companions
        staff = self.seating.is_staff(entering.id)
        try:
            admit(without, Admit(entering, 0, SeatedBy.STAFF, staff, companion), self.answering.context(request))
        except RoomFull:
            raise RoomFull(maxParticipants=room.max_participants) from None

    def _set_companion(self, request: Request, command: c.SetCompanion) -> None:
        feed = self.answering.feed
        events = set_companion(feed.session, command)
        state = feed.session
        for event in events:
            state = apply_session(state, event)
        entries = tuple(JournalEntry(None, event) for event in events)
        order = self.answering.order(request)
        feed.hold()
        self.answering.reply(request, r.Done(), entries=entries, session=state if events else None, order=order)

        def finish(_gather: Gather) -> None:
            feed.let_go()
            if command.companion_of is not None and self.seating.seated(command.companion_of):
                self.seating.accompany(command.user_id, request.caller.user)

        room_id = feed.seat_of.get(command.user_id)
        marked = [room_id] if room_id is not None and events else []
        self.gathers.begin(order.change_id, Gather(finish, outstanding=len(marked)))
        for room_id in marked:
            mark, gather_id = MarkCompanion(command.user_id, command.companion_of is not None), order.change_id
            part = Order(mark, order.cause, order.change_id, order.by, gather_id=gather_id, report=True)
            self.seating.deliver(room_id, part)

    def _plan(self, request: Request, command: c.PreviewAssignments) -> None:
        self.planning.start(request, command)

    def _apply(self, request: Request, command: c.ApplyAssignments, plan: Plan) -> None:
        self.reseater.require_place()
        targets: dict[str, str | None] = {placement.user_id: placement.room_id for placement in plan.assignments}
        targets |= dict.fromkeys(self._displaced(command, plan))

        def finish(outcome: Outcome) -> None:
            placed = [c.Placement(i, room_id) for i, room_id in outcome.placed.items() if room_id is not None]
            unplaced = list(dict.fromkeys([*plan.unplaced, *outcome.unplaced]))
            self.answering.reply(request, r.AssignmentsReply(placed, unplaced, plan.relaxed))

        self.reseater.start(self.answering.order(request), lambda: targets, finish)

    def _displaced(self, command: c.ApplyAssignments, plan: Plan) -> list[str]:
        """Who sits in a room to fill and has no place in the plan: somebody else has theirs."""
        if command.strategy is c.Strategy.MANUAL:
            return []
        feed = self.answering.feed
        rooms = command.room_ids if command.room_ids is not None else [i for i, r in feed.rooms.items() if r.enterable]
        return [i for i in plan.unplaced if feed.seat_of.get(i) in rooms and self.planning.placeable(i)]

    def _user(self, user_id: str) -> User:
        found = self.answering.feed.session.users.get(user_id)
        if found is None:
            raise UserNotFound(userId=user_id)
        if self.answering.feed.barred(user_id):
            raise UserNotFound("an operator has put them out of this session", userId=user_id)
        return found


def _reply(plan: Plan) -> r.AssignmentsReply:
    return r.AssignmentsReply(plan.assignments, plan.unplaced, plan.relaxed)
