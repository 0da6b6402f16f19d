"""One breakout room: its roster and its timer loop, alone with its state.

Each message is one atomic step: stamp `now`, decide, apply, emit, and only then remember the new state. Whatever goes wrong before
the emission leaves nothing behind; the actor ends, and the supervisor restores the room from the store.

The timer loop is the actor's own wait. It wakes for the next warning and for the end of the timer or of a grace. The ticks, which
show a running timer every second, it leaves to the metronome of all rooms; the last one, which says 0, is its own.
"""

import math
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import structlog
import trio

from actors._runtime import TrioActor
from actors.failure import failure_text
from actors.messages import Order, OrderDone, Restart, RestartOrdered, RoomFailed
from actors.metronome import Beat
from actors.request import Request
from actors.room_step import room_step
from actors.room_tools import RoomTools, own_order
from actors.step_builder import refused_step
from actors.voice import Voice
from breakout.contract.commands import RequestTime, StartSpeaking, StopSpeaking
from breakout.countdown import Countdown
from breakout.decisions.context import Context
from breakout.errors import Internal, Refusal, RoomUnavailable
from breakout.identity import Caller
from breakout.room import RoomState, next_deadline
from breakout.room_decide import decide, decide_due
from breakout.room_events import RoomEvent

log = structlog.get_logger(__name__)


class RoomActor(TrioActor):
    """The actor of one room, from its start to its end or crash. Args: state: Where it starts from."""

    def __init__(
        self, state: RoomState, tools: RoomTools, *, nursery: trio.Nursery, max_mailbox_messages: int
    ) -> None:
        super().__init__(nursery=nursery, max_mailbox_messages=max_mailbox_messages)
        self._state = state
        self._tools = tools
        self._voice = Voice(tools)
        self._beat: Beat | None = None
        self._beat_of: Countdown | None = None
        self._due_of: RoomState | None = None
        self._due_at: int | None = None
        self._reported: Order | None = None

    @property
    def label(self) -> str:
        return self._state.id

    def on_receive(self, message: Any) -> Any:
        match message:
            case Request(command=StartSpeaking() | StopSpeaking() | RequestTime()):
                order = self._voice.handle(self._state, message)
                if order is not None:
                    self._perform(order)
            case Request():
                self._perform(own_order(message, self._tools.new_id()))
            case Order():
                self._perform(message)
            case Restart():
                raise RestartOrdered
            case _:
                raise TypeError(f"a room does not understand {type(message).__name__}")

    def on_start(self) -> None:
        self._follow_timer()

    def on_ended(self) -> None:
        self._end_beat()

    def next_deadline(self) -> float:
        """The next warning or end, in trio seconds."""
        at = self._next_due()
        return math.inf if at is None else self._tools.clock.deadline(at)

    def on_deadline(self) -> None:
        self._do_due(self._tools.clock.now())

    def _next_due(self) -> int | None:
        """When the room must act by itself; the same for as long as its state is."""
        if self._due_of is not self._state:
            self._due_of, self._due_at = self._state, next_deadline(self._state)
        return self._due_at

    def _do_due(self, now: int) -> None:
        due = self._next_due()
        if due is None or now < due:
            return
        self._give_last_tick(now)
        events = decide_due(self._state, now, self._tools.new_id())
        if events:
            cause = Order(None, "deadline", self._tools.new_id())
            self._advance(events, cause, now)

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert exception_value is not None
        ordered = isinstance(exception_value, RestartOrdered)
        self._tools.report(RoomFailed(self._state.id, failure_text(exception_value), ordered))

    def on_abandoned(self, message: Any, *, crashed: bool) -> None:
        refusal: Refusal = Internal("the room failed at this and is being restarted") if crashed else RoomUnavailable()
        request = message if isinstance(message, Request) else getattr(message, "request", None)
        if crashed and request is not None:
            ids = {"session": self._session_id, "room": self._state.id, "id": request.id, "user": request.caller.user.id}
            log.error("room failed at a command", command=request.spec.event, **ids)
        silent = getattr(message, "silent", False)
        if request is not None and not silent and not (crashed and self._tools.feed.answers(request)):
            self._tools.feed.refuse_now(request, refusal)
        if isinstance(message, Order):
            self._report(message, RoomUnavailable())

    def _perform(self, order: Order) -> None:
        now = self._tools.clock.now()
        self._do_due(now)  # a command that waited behind a deadline finds what the deadline did
        caller = order.request.caller if order.request is not None else None
        try:
            events = decide(self._state, order.command, self._context(caller, now))
        except Refusal as refusal:
            self._refuse(order, refusal, now)
        else:
            self._advance(events, order, now)

    def _context(self, caller: Caller | None, now: int) -> Context:
        return Context(now, caller, self._tools.new_id(), self._tools.feed.session.users)

    def _refuse(self, order: Order, refusal: Refusal, now: int) -> None:
        if order.request is not None and not order.silent:
            self._tools.feed.emit(refused_step(order.request, refusal, self._tools.encoder, self._session_id, now))
        self._report(order, refusal)

    def _advance(self, events: Sequence[RoomEvent], order: Order, now: int) -> None:
        step, state = room_step(self._state, events, order, self._tools, now)
        self._tools.feed.emit(step)
        self._state = state
        self._follow_timer()
        self._report(order)

    def _report(self, order: Order, refusal: Refusal | None = None) -> None:
        """Tell the supervisor once how the order ended, if it wants to know."""
        if order.report and order is not self._reported:
            self._reported = order
            self._tools.report(OrderDone(self._state.id, order, refusal))

    @property
    def _session_id(self) -> str:
        return self._state.session_id

    def _follow_timer(self) -> None:
        """Tick for the timer as it is now."""
        countdown = self._state.countdown
        if countdown is self._beat_of:
            return
        self._end_beat()
        self._beat_of = countdown
        if countdown is not None and countdown.running:
            self._beat = Beat(self._state.id, countdown, self._tools.encoder, self._tools.feed.audience, self.fail)
            self._tools.metronome.start(self._beat)

    def _end_beat(self) -> None:
        if self._beat is not None:
            self._tools.metronome.stop(self._beat)
            self._beat = None

    def _give_last_tick(self, now: int) -> None:
        """At the end of the timer: that nothing is left, before anything that follows from it."""
        if self._beat is not None and now >= self._beat.ends_at:
            self._tools.metronome.play_last(self._beat, now)
            self._beat = None
