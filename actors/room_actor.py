"""One breakout room: its roster and its timer loop, alone with its state.

Each message is one atomic step: stamp `now`, decide, apply, emit, and only then remember the new state. Whatever goes wrong before
the emission leaves nothing behind; the actor ends, and the supervisor restores the room from the store.

The timer loop is the actor's own wait. It wakes for the next warning, the end of the timer or of a grace, and, while anybody
connected sits here, on every beat of the deadline: the whole seconds before it. Without listeners there are no ticks.
"""

import math
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import structlog
import trio

from actors import effects as fx
from actors._runtime import TrioActor
from actors.failure import failure_text
from actors.messages import Order, OrderDone, PresenceChanged, Restart, RestartOrdered, RoomFailed
from actors.request import Request
from actors.room_effects import RoomWatch, effects_of
from actors.room_replies import reply_to
from actors.room_tools import RoomTools, own_order
from actors.session_feed import Step
from actors.step_builder import refused_step, stored_change
from actors.voice import Voice
from breakout.contract.commands import RequestTime, StartSpeaking, StopSpeaking
from breakout.contract.pushes import TimerTickPush
from breakout.countdown import Countdown
from breakout.decisions.context import Context
from breakout.errors import Internal, Refusal, RoomUnavailable
from breakout.identity import Caller
from breakout.ports import JournalEntry
from breakout.room import RoomState, next_deadline
from breakout.room_apply import apply
from breakout.room_decide import decide, decide_due
from breakout.room_events import RoomEvent

log = structlog.get_logger(__name__)

TICK_MS = 1000


class RoomActor(TrioActor):
    """The actor of one room, from its start to its end or crash. Args: state: Where it starts from."""

    def __init__(
        self, state: RoomState, tools: RoomTools, *, nursery: trio.Nursery, max_mailbox_messages: int
    ) -> None:
        super().__init__(nursery=nursery, max_mailbox_messages=max_mailbox_messages)
        self._state = state
        self._tools = tools
        self._voice = Voice(tools, self._perform)
        self._next_tick_at: int | None = None
        self._ticking: Countdown | None = None
        self._beat_unsure = True
        self._due_of: RoomState | None = None
        self._due_at: int | None = None

    @property
    def label(self) -> str:
        return self._state.id

    def on_receive(self, message: Any) -> Any:
        self._beat_unsure = True
        match message:
            case Request(command=StartSpeaking() | StopSpeaking() | RequestTime()):
                self._voice.handle(self._state, message)
            case Request():
                self._perform(own_order(message, self._tools.new_id()))
            case Order():
                self._perform(message)
            case PresenceChanged():
                pass  # the loop asks for its next deadline after every message
            case Restart():
                raise RestartOrdered
            case _:
                raise TypeError(f"a room does not understand {type(message).__name__}")

    def next_deadline(self) -> float:
        """The next warning, end or beat, in trio seconds."""
        at, beat = self._next_due(), self._next_beat()
        if beat is not None and (at is None or beat < at):
            at = beat
        return math.inf if at is None else self._tools.clock.deadline(at)

    def on_deadline(self) -> None:
        now = self._tools.clock.now()
        if self._next_tick_at is not None and now >= self._next_tick_at:
            self._tick(self._next_tick_at, now)
        self._do_due(now)

    def _next_due(self) -> int | None:
        """When the room must act by itself; the same for as long as its state is."""
        if self._due_of is not self._state:
            self._due_of, self._due_at = self._state, next_deadline(self._state)
        return self._due_at

    def _do_due(self, now: int) -> None:
        due = self._next_due()
        if due is None or now < due:
            return
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
        if isinstance(message, Order) and message.report:
            self._tools.report(OrderDone(self._state.id, message, RoomUnavailable()))

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
        if order.report:
            self._tools.report(OrderDone(self._state.id, order, refusal))

    def _advance(self, events: Sequence[RoomEvent], order: Order, now: int) -> None:
        before = state = self._state
        events = self._voice.with_speech(state, events, now)
        effects: list[fx.Effect] = []
        tools, inside = self._tools, self._tools.inside()
        for event in events:
            former, state = state, apply(state, event)
            watch = RoomWatch(former, state, now, tools.participant, inside, tools.feed.seat_of)
            effects += effects_of(event, watch)
        body = None
        if order.request is not None and not order.silent:
            body = self._tools.encoder.reply_body(reply_to(order.request, before, state, now, inside))
            effects.insert(0, fx.Reply(order.request, body))
        entries = tuple(JournalEntry(state.id, event) for event in events)
        change = stored_change(self._session_id, order, entries, body, now)
        self._tools.feed.emit(Step(tuple(effects), change, (state,) if events else ()))
        self._state = state
        if order.report:
            self._tools.report(OrderDone(state.id, order))

    @property
    def _session_id(self) -> str:
        return self._state.session_id

    def _next_beat(self) -> int | None:
        """When the next tick is due. Who listens is only asked after a message, which tells of everybody who comes or goes."""
        countdown = self._state.countdown
        if self._beat_unsure or countdown is not self._ticking:
            self._beat_unsure = False
            self._find_beat(countdown)
        return self._next_tick_at

    def _find_beat(self, countdown: Countdown | None) -> None:
        """The same for as long as the timer is, once somebody listens."""
        if countdown is None or countdown.ends_at is None or not self._tools.presence.any_connected(self._state.seats):
            self._ticking = self._next_tick_at = None
        elif countdown is not self._ticking:
            beat = beat_after(self._tools.clock.now(), countdown.ends_at)
            if beat is None or self._next_tick_at != beat - TICK_MS:  # else a beat that messages held up is still due
                self._next_tick_at = beat
            self._ticking = countdown

    def _tick(self, beat_at: int, now: int) -> None:
        countdown = self._state.countdown
        if countdown is None or countdown.ends_at is None:
            return
        beat_at += (now - beat_at) // TICK_MS * TICK_MS  # beats that were slept through are not made up for
        remaining = (countdown.ends_at - beat_at) // TICK_MS
        push = TimerTickPush(self._state.id, remaining, countdown.ends_at, now, countdown.revision)
        self._tools.feed.tick(self._state.id, push, now)
        self._next_tick_at = beat_at + TICK_MS if remaining > 0 else None


def beat_after(now: int, ends_at: int) -> int | None:
    """The first beat after `now` of a timer that ends at `ends_at`; None when it is over."""
    beats_left = (ends_at - now - 1) // TICK_MS
    return ends_at - beats_left * TICK_MS if beats_left >= 0 else None
