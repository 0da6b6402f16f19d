"""Who comes and goes: connections, presence, held seats, latecomers."""

from collections.abc import Iterable

from attrs import frozen

from actors import effects as fx
from actors.answering import PUT_OUT, Answering
from actors.messages import Connect, Disconnect, Order, Revoked
from actors.presence import Presence
from actors.request import Subscriber
from actors.room_children import RoomChildren
from actors.seating import Move, Seating
from actors.session_feed import SessionFeed, Step
from actors.session_view import SessionView
from actors.step_builder import stored_change
from breakout.contract.close_code import CloseCode
from breakout.errors import Forbidden
from breakout.identity import Caller, User
from breakout.ports import JournalEntry
from breakout.room import SeatedBy
from breakout.room_commands import CountSpeech
from breakout.room_events import LeaveCause
from breakout.session import UserSeen, apply_session

REMOVED = "an operator has ended your access to this session"


@frozen
class Connecting:
    """Handles `Connect` and `Disconnect`, and frees the seats that were held long enough."""

    answering: Answering
    presence: Presence
    children: RoomChildren
    seating: Seating
    view: SessionView
    max_connections_per_user: int

    @property
    def feed(self) -> SessionFeed:
        return self.answering.feed

    def hold_all(self) -> None:
        """Nobody is connected yet: hold every seat from now."""
        for user_id in self.feed.seat_of:
            self.presence.hold(user_id, self.answering.clock.now())

    def hold_absent(self, user_ids: Iterable[str]) -> None:
        """Hold the seats of those among these people who are not connected, from now: they were seated in their absence."""
        for user_id in user_ids:
            if user_id in self.feed.seat_of and not self.presence.connected(user_id):
                self.presence.hold(user_id, self.answering.clock.now())

    def next_deadline(self) -> int | None:
        """When the next hold ends, in milliseconds; None when no seat is held."""
        return self.presence.next_expiry()

    def on_deadline(self) -> None:
        for user_id in self.presence.expired(self.answering.clock.now()):
            user = self.feed.session.users.get(user_id)
            if user is not None and user_id in self.feed.seat_of:
                self.seating.start(self._expiry(user))

    def connect(self, message: Connect) -> None:
        """Attach a connection: its first frame is the session's state. Somebody who arrives without a seat may get one."""
        subscriber = message.subscriber
        user = subscriber.caller.user
        if self.feed.barred(user.id):
            subscriber.close(CloseCode.REMOVED, REMOVED)
            return
        self._drop_surplus(subscriber)
        arrives = self.presence.add(subscriber)
        snapshot = self.view.snapshot(subscriber, self.answering.clock.now())
        presence = self._presence_effects(user.id) if arrives else []
        self._emit(user, (fx.Attach(subscriber), fx.ShowSession(subscriber, snapshot), *presence))
        if arrives and user.id not in self.feed.seat_of:
            self._seat_latecomer(subscriber.caller)

    def _seat_latecomer(self, caller: Caller) -> None:
        if caller.user.id in self.feed.session.companions:
            self.seating.accompany(caller.user.id, None)
        elif not caller.staff:
            user, change_id = caller.user, self.answering.new_id()
            self.seating.place_latecomer(Move(user, None, SeatedBy.AUTO, "latecomer", change_id, user))

    def disconnect(self, message: Disconnect) -> None:
        """Detach a connection; the seat of somebody who is gone is held for a while."""
        user_id = message.subscriber.caller.user.id
        fell_silent = self._count_speech(user_id, message.subscriber)
        gone = self.presence.remove(message.subscriber)
        if gone and user_id in self.feed.seat_of:
            self.presence.hold(user_id, self.answering.clock.now())
        presence = self._presence_effects(user_id) if gone or fell_silent else []
        self.feed.emit(Step((fx.Detach(message.subscriber), *presence)))

    def put_out(self, user_id: str, cause: str, by: User | None = None) -> None:
        """End every connection of somebody whom an operator has barred, refuse what they still asked for, and free their seat."""
        for subscriber in self.presence.connections(user_id):
            subscriber.close(CloseCode.REMOVED, REMOVED)
            self.disconnect(Disconnect(subscriber))
        for request in self.children.withdraw(user_id):
            self.feed.refuse_now(request, Forbidden(PUT_OUT))
        user = self.feed.session.users.get(user_id)
        if user is not None:
            change_id = self.answering.new_id()
            self.seating.expel(Move(user, None, SeatedBy.STAFF, cause, change_id, by, leave_cause=LeaveCause.STAFF))

    def revoked(self, message: Revoked) -> None:
        """An operator has shut these people out of every session; the root bars them already."""
        for user_id in message.user_ids:
            self.put_out(user_id, "operator.user.revoke")

    def _count_speech(self, user_id: str, device: Subscriber) -> bool:
        """A device that vanishes while its user speaks counts up to now. Returns whether they spoke and do no longer."""
        room = self.feed.rooms.get(self.feed.seat_of.get(user_id, ""))
        if room is None or user_id not in room.seats or not self.presence.speech.speaking(room.seats[user_id]):
            return False
        seconds = self.presence.speech.stop(room.seats[user_id], device, self.answering.clock.now())
        if seconds:
            self.seating.deliver(room.id, Order(CountSpeech(user_id, seconds), "disconnect", self.answering.new_id()))
        return not self.presence.speech.speaking(room.seats[user_id])

    def _emit(self, user: User, effects: tuple[fx.Effect, ...]) -> None:
        state = self.feed.session
        if state.users.get(user.id) == user:
            self.feed.emit(Step(effects))
            return
        event = UserSeen(user)
        order = Order(None, "connect", self.answering.new_id(), user)
        change = stored_change(state.id, order, (JournalEntry(None, event),), None, self.answering.clock.now())
        self.feed.emit(Step(effects, change, session=apply_session(state, event)))

    def _drop_surplus(self, subscriber: Subscriber) -> None:
        connections = self.presence.connections(subscriber.caller.user.id)
        surplus = len(connections) + 1 - self.max_connections_per_user
        for oldest in connections[: max(0, surplus)]:
            oldest.close(CloseCode.TOO_MANY_CONNECTIONS, "too many connections of this user")
            self.disconnect(Disconnect(oldest))

    def _presence_effects(self, user_id: str) -> list[fx.Effect]:
        """Show that somebody came or went: in their room's roster, or in the lobby."""
        room = self.feed.rooms.get(self.feed.seat_of.get(user_id, ""))
        if room is None or user_id not in room.seats:
            return [fx.LobbyChanged(user_id)]
        return [fx.RosterChanged(room.id, changed=[self.view.participant(room.seats[user_id])])]

    def _expiry(self, user: User) -> Move:
        return Move(
            user, None, SeatedBy.AUTO, "hold expired", self.answering.new_id(), leave_cause=LeaveCause.HOLD_EXPIRED
        )
