"""How a pykka actor runs under trio: the only file that knows both.

pykka documents three hooks for implementors of new kinds of actors: the inbox, the future, and the start of the loop. Here the
inbox is a bounded mailbox, the future can be awaited, and the loop is one trio task in the nursery of the actor's parent.
The loop waits for the next message or for the actor's next deadline, whichever comes first; there is no task per timer.

    put()            refused with MailboxFull at `max_messages`; control messages (a stop, and messages with a true
                     `control`: what actors say to each other) always have room, because their number is bounded by
                     the work that was let in
    handle           `on_receive(message)`, synchronous, one atomic step
    a failure        in a tell, an ask or a deadline alike ends the actor: the asker gets the exception, `on_failure` tells
                     the parent, and what is left in the mailbox goes to `on_abandoned`, one by one
    stop             handled after the messages before it; what is left is abandoned, asks get ActorDeadError
    cancellation     of the parent's nursery ends the actor in the same way, between two messages
    a deadline       is served when it is due, however many messages wait: no flood keeps a timer from ending; where none
                     waits the alarm's task does it, since an actor between two messages is whole

pykka itself lets an exception in an ask live; here it is a crash like any other, because the state may be half changed.
"""

import logging
import math
import sys
from collections import deque
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import pykka
import trio
from attrs import frozen
from pykka import messages as pykka_messages
from pykka._envelope import Envelope

from actors.alarm import alarm

T = TypeVar("T")

ActorHandle = pykka.ActorRef[Any]
"""The reference through which an actor is told things."""

MESSAGES_PER_TURN = 32
"""How many messages an actor handles before it lets others run: about 1 ms of work at 30 us each."""

TURN_SECONDS = 0.002
"""After so long it lets others run, however few messages it were: a newcomer to a room that talks much takes 0.4 ms."""

logging.getLogger("pykka").addHandler(logging.NullHandler())


class EndOrdered(Exception):
    """Raised by a handler to end its own actor, as a failure would, because somebody wanted it so. Not logged as a bug."""


class MailboxFull(Exception):
    """The actor has as many unhandled messages as it may have. Nothing was queued."""


@frozen
class MailboxStatistics:
    """What a mailbox has seen: `depth` now, the most at once, handled and refused since the actor started.

    Attributes:
        high_late_seconds: How late a deadline was served at the worst.
    """

    depth: int
    high_water: int
    handled: int
    refused: int
    high_late_seconds: float = 0.0


class Mailbox:
    """A bounded queue with one reader, the actor's loop. `put` never blocks."""

    __slots__ = ("_queue", "_reader", "handled", "high_late_seconds", "high_water", "max_messages", "refused")

    def __init__(self) -> None:
        self._queue: deque[Envelope[Any]] = deque()
        self._reader: trio.lowlevel.Task | None = None
        self.max_messages: int | float = math.inf
        self.high_water = 0
        self.handled = 0
        self.refused = 0
        self.high_late_seconds = 0.0

    def put(self, envelope: Envelope[Any], /) -> None:
        """Queue a message. Raises: MailboxFull: Nothing was queued."""
        if len(self._queue) >= self.max_messages and not _is_control(envelope.message):
            self.refused += 1
            raise MailboxFull
        self._queue.append(envelope)
        self.high_water = max(self.high_water, len(self._queue))
        self.wake()

    def wake(self) -> None:
        """Let the reader go on, if it waits."""
        if self._reader is not None:
            trio.lowlevel.reschedule(self._reader)
            self._reader = None

    @property
    def parked(self) -> bool:
        """The reader waits."""
        return self._reader is not None

    def get(self) -> Envelope[Any]:
        """The oldest message. Raises: IndexError: There is none."""
        self.handled += 1
        return self._queue.popleft()

    def withdraw(self, unwanted: Callable[[Any], bool]) -> list[Any]:
        """Take out the messages told that are `unwanted`, oldest first; nobody handles them any more."""
        taken, kept = [], deque[Envelope[Any]]()
        for envelope in self._queue:
            if envelope.reply_to is None and unwanted(envelope.message):
                taken.append(envelope.message)
            else:
                kept.append(envelope)
        self._queue = kept
        return taken

    def empty(self) -> bool:
        return not self._queue

    async def wait(self) -> None:
        """Return after `put` or `wake`."""
        self._reader = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._give_up)

    def _give_up(self, _raise_cancel: Any) -> trio.lowlevel.Abort:
        self._reader = None
        return trio.lowlevel.Abort.SUCCEEDED

    def statistics(self) -> MailboxStatistics:
        return MailboxStatistics(len(self._queue), self.high_water, self.handled, self.refused, self.high_late_seconds)


def _is_control(message: Any) -> bool:
    return isinstance(message, pykka_messages._ActorStop) or getattr(message, "control", False)


class TrioFuture(pykka.Future[T]):
    """The reply to an ask: `await future`."""

    def __init__(self) -> None:
        super().__init__()
        self._done = trio.Event()
        self._value: Any = None
        self._error: BaseException | None = None

    def set(self, value: T | None = None) -> None:
        self._value = value
        self._done.set()

    def set_exception(self, exc_info: Any = None) -> None:
        self._error = (exc_info or sys.exc_info())[1]
        self._done.set()

    def get(self, *, timeout: float | None = None) -> T:
        """The value, if it is there. Raises: RuntimeError: It is not; `await` the future instead of blocking the loop."""
        if self._get_hook is not None:
            return super().get(timeout=timeout)
        if not self._done.is_set():
            raise RuntimeError("await a reply; waiting for it in a thread would stop every actor")
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[no-any-return]

    def __await__(self) -> Generator[Any, None, T]:
        yield from self._done.wait().__await__()
        return self.get()


class TrioActor(pykka.Actor):
    """An actor whose loop is a trio task.

    Args:
        nursery: Owns the loop; the actor ends with it.
        max_mailbox_messages: Unhandled messages beyond which a caller is refused.

    Implements `actors.alarm.Sleeper`.
    """

    actor_inbox: Mailbox
    alarm_at: float | None = None
    _escaped: Exception | None = None

    def __init__(self, *, nursery: trio.Nursery, max_mailbox_messages: int) -> None:
        super().__init__()
        self.actor_inbox.max_messages = max_mailbox_messages
        self._nursery = nursery
        self._alarm = alarm()

    @staticmethod
    def _create_actor_inbox() -> Mailbox:
        return Mailbox()

    @staticmethod
    def _create_future() -> TrioFuture[Any]:
        return TrioFuture()

    def _start_actor_loop(self) -> None:
        self._nursery.start_soon(self._run, name=f"{type(self).__name__} {self.label}")

    @property
    def label(self) -> str:
        """What to call this actor in a task tree and in logs."""
        return self.actor_urn

    def next_deadline(self) -> float:
        """When `on_deadline` is due, in trio seconds; `math.inf` for never. Asked anew after every message."""
        return math.inf

    def on_deadline(self) -> None:
        """Do what is due. One atomic step, like a message."""

    def on_abandoned(self, message: Any, *, crashed: bool) -> None:
        """`message` had no effect: the actor ended before it handled it, or (`crashed`) because of it."""

    def on_ended(self) -> None:
        """The loop is over, whatever ended it: let go of what was held elsewhere. Must not raise."""

    def fail(self) -> None:
        """End the actor as its own failure would, because of the exception that is being handled: it was raised in its name."""
        self._fail()
        self.actor_inbox.wake()

    async def _run(self) -> None:
        try:
            self._guarded(self.on_start)
            await self._loop()
        finally:
            pykka.ActorRegistry.unregister(self.actor_ref)
            self.actor_stopped.set()
            self._alarm.forget(self)
            self.on_ended()
            self._abandon_rest()

    async def _loop(self) -> None:
        turn, inbox, time = 0, self.actor_inbox, trio.lowlevel.current_clock().current_time
        turn_ends = time() + TURN_SECONDS
        while not self.actor_stopped.is_set():
            turn, now = turn + 1, time()
            if turn % MESSAGES_PER_TURN == 0 or now > turn_ends:
                await trio.lowlevel.checkpoint()
                now = time()
                turn_ends = now + TURN_SECONDS
            deadline = self.next_deadline()
            if now >= deadline:
                self._serve(now - deadline)
            elif inbox.empty():
                await self._sleep(deadline)
                turn_ends = time() + TURN_SECONDS
            if not inbox.empty() and not self.actor_stopped.is_set():
                self._handle(inbox.get())

    async def _sleep(self, deadline: float) -> None:
        """Wait for a message; the alarm serves deadlines meanwhile."""
        self._alarm.set(self, deadline)
        await self.actor_inbox.wait()
        if self._escaped is not None:
            try:
                raise self._escaped
            finally:
                self._escaped = None  # it leads back to the actor; apart, they leave memory at once

    def ring(self, late_seconds: float) -> None:
        """Do what is due, if the loop waits; a loop that is at work does so itself before the next message."""
        if not self.actor_inbox.parked:
            return
        try:
            self._serve(late_seconds)
            if not self.actor_stopped.is_set():
                self._alarm.set(self, self.next_deadline())
                return
        except Exception as error:
            self._escaped = error  # for the actor's own task, whose parent knows what to do about it
        self.actor_inbox.wake()

    def _serve(self, late_seconds: float) -> None:
        self.actor_inbox.high_late_seconds = max(self.actor_inbox.high_late_seconds, late_seconds)
        self._guarded(self.on_deadline)

    def _handle(self, envelope: Envelope[Any]) -> None:
        try:
            response = self._handle_receive(envelope.message)
        except Exception:
            if envelope.reply_to is not None:
                envelope.reply_to.set_exception()
            self._fail()
            self.on_abandoned(envelope.message, crashed=True)
        else:
            if envelope.reply_to is not None:
                envelope.reply_to.set(response)

    def _guarded(self, step: Any) -> None:
        try:
            step()
        except Exception:
            self._fail()

    def _fail(self) -> None:
        error = sys.exc_info()
        if isinstance(error[1], EndOrdered):
            pykka.ActorRegistry.unregister(self.actor_ref)
            self.actor_stopped.set()
        else:
            self._handle_failure(*error)  # which logs it: a bug
        self.on_failure(*error)

    def _abandon_rest(self) -> None:
        rest = list(self.actor_inbox._queue)
        self._actor_loop_teardown()
        for envelope in rest:
            if not isinstance(envelope.message, pykka_messages._ActorStop):
                self.on_abandoned(envelope.message, crashed=False)
