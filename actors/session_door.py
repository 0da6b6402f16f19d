"""The way into a session: connections come and go here, and commands find their actor.

The door outlives the session's time in memory. While the session is loaded, or loaded anew because its store failed, connections
wait and commands are refused with `storage_unavailable` or `overloaded`, never queued without bound.
"""

from collections import Counter

import trio

from actors._runtime import MailboxFull
from actors.messages import Connect, Disconnect
from actors.meter import REPEATED, UNDECODED
from actors.release import FeedTools
from actors.request import Request, Subscriber
from actors.session_runner import ActorSettings, SessionRunner
from breakout.contract import commands as c
from breakout.contract import replies as r
from breakout.contract.close_code import CloseCode
from breakout.contract.table import Needs, Route
from breakout.errors import Forbidden, Overloaded, Refusal, RoomNotFound, StorageUnavailable
from breakout.identity import Caller
from breakout.permission import Permission

NEEDED = {
    Needs.JOIN: Permission.JOIN,
    Needs.FACILITATOR: Permission.JOIN,
    Needs.MANAGE: Permission.MANAGE,
    Needs.OPERATE: Permission.OPERATE,
}


class SessionDoor:
    """The connections of one session and the way to its actors. Nothing here waits.

    Attributes:
        empty_since: When the last connection left, in milliseconds.
        loaded: Set once the session was in memory for the first time.
        loads: How often it was loaded.
    """

    def __init__(self, session_id: str, tools: FeedTools, settings: ActorSettings) -> None:
        self.session_id = session_id
        self.connections: dict[Subscriber, None] = {}
        self.empty_since = tools.clock.now()
        self.loaded = trio.Event()
        self.loads = 0
        self._tools = tools
        self._encoder = tools.encoder
        self._flusher = tools.flusher
        self._clock = tools.clock
        self._settings = settings
        self._people: Counter[str] = Counter()
        self._runner: SessionRunner | None = None

    def now(self) -> int:
        """The server's clock, in milliseconds."""
        return self._clock.now()

    @property
    def runner(self) -> SessionRunner | None:
        """The session in memory; None while it is being loaded."""
        return self._runner

    def has_place(self, caller: Caller) -> bool:
        """Whether this person may connect: they are staff, are here already, or the session is not full."""
        user_id = caller.user.id
        return caller.staff or user_id in self._people or len(self._people) < self._settings.max_people_per_session

    def open(self, runner: SessionRunner) -> None:
        """The session is loaded: let everybody in who waits."""
        self._runner = runner
        self.loads += 1
        self.loaded.set()
        for subscriber in list(self.connections):
            self._tell_connect(subscriber)

    def close(self) -> None:
        """The session leaves memory, or is loaded anew."""
        self._runner = None

    def connect(self, subscriber: Subscriber) -> bool:
        """Attach a connection; it is sent the session's state as soon as the session is loaded. Returns whether it is."""
        self.connections[subscriber] = None
        if not subscriber.caller.staff:
            self._people[subscriber.caller.user.id] += 1
        if self._runner is not None:
            self._tell_connect(subscriber)
        return self._runner is not None

    def disconnect(self, subscriber: Subscriber) -> None:
        """Detach a connection. Idempotent."""
        if self.connections.pop(subscriber, self) is self:
            return
        self._forget_person(subscriber)
        self.empty_since = self._clock.now()
        if self._runner is not None and self._runner.supervisor.is_alive():
            self._runner.supervisor.tell(Disconnect(subscriber))

    def submit(self, request: Request) -> None:
        """Bring a command to its actor, or answer it with a refusal. The reply follows when its change is committed."""
        if isinstance(request.command, c.Ping):
            self._answer(request, self._encoder.reply_body(r.Pong(self._clock.now())), None)
            return
        try:
            self._require_permission(request)
            runner = self._require_runner(request)
            if self._claim(request, runner):
                self._route(request, runner)
        except Refusal as refusal:
            self._refuse(request, refusal)

    def refused_undecoded(self, refusal: Refusal) -> None:
        """Count a frame that was refused before it was a command."""
        self._tools.meter.answered(UNDECODED, refusal.code, None)

    def _forget_person(self, subscriber: Subscriber) -> None:
        if subscriber.caller.staff:
            return
        user_id = subscriber.caller.user.id
        self._people[user_id] -= 1
        if not self._people[user_id]:
            del self._people[user_id]

    def _tell_connect(self, subscriber: Subscriber) -> None:
        assert self._runner is not None
        if not self._runner.supervisor.is_alive():
            return  # `open` tells the next one
        try:
            self._runner.supervisor.tell(Connect(subscriber))
        except MailboxFull:
            subscriber.close(CloseCode.TRY_AGAIN_LATER, "too many people are arriving; try again")

    def _require_permission(self, request: Request) -> None:
        needed = NEEDED.get(request.spec.needs)
        if needed is not None and not request.caller.may(needed):
            raise Forbidden(f"this needs the permission {needed.value}")

    def _require_runner(self, request: Request) -> SessionRunner:
        runner = self._runner
        if runner is None or runner.feed.broken or not runner.supervisor.is_alive():
            raise StorageUnavailable("the session is being loaded; try again")
        if runner.feed.waiting >= self._settings.max_waiting_changes and not request.control:
            raise Overloaded
        return runner

    def _claim(self, request: Request, runner: SessionRunner) -> bool:
        """Whether the command is to run: it has no idempotency key, or is the first under it."""
        if request.idempotency_key is None or not request.spec.changes:
            return True
        known = runner.feed.keys.claim(request)
        if isinstance(known, bytes):
            self._answer(request, known, REPEATED)
        return known is True

    def _route(self, request: Request, runner: SessionRunner) -> None:
        runner.feed.expect(request)
        try:
            room_id = self._room_of(request, runner)
            if room_id is None or not runner.children.running(room_id):
                runner.supervisor.tell(request)
            else:
                runner.children.tell(room_id, request)
        except MailboxFull:
            self._settle(request, runner, Overloaded())
        except Refusal as refusal:
            self._settle(request, runner, refusal)

    def _room_of(self, request: Request, runner: SessionRunner) -> str | None:
        """The room that handles the command; None when it is the session's."""
        if request.spec.route is Route.SESSION:
            return None
        room_id: str | None = getattr(request.command, "room_id", None)
        if request.spec.route is Route.OWN_ROOM:
            if room_id is not None and not request.caller.staff:
                raise Forbidden("only staff write into a room from outside; leave out roomId")
            room_id = room_id or runner.feed.seat_of.get(request.caller.user.id)
        if room_id is None:
            return None  # perhaps a join of theirs is under way: the supervisor knows
        if room_id not in runner.feed.rooms:
            raise RoomNotFound
        return room_id

    def _settle(self, request: Request, runner: SessionRunner, refusal: Refusal) -> None:
        runner.feed.refuse_now(request, refusal)

    def _refuse(self, request: Request, refusal: Refusal) -> None:
        self._tools.meter.answered(request.spec.event, refusal.code, None)
        frame = self._encoder.reply_frame(request.id, self._encoder.refusal_body(refusal))
        self._flusher.send(request.reply_to, frame)
        self._flusher.flush()

    def _answer(self, request: Request, body: bytes, outcome: str | None) -> None:
        self._tools.meter.answered(request.spec.event, outcome, None)
        if request.id is not None:
            self._flusher.send(request.reply_to, self._encoder.reply_frame(request.id, body))
            self._flusher.flush()
