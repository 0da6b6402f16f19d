"""The rooms of a session as children of its supervisor: started, watched, restarted one by one.

A room's actor runs from the first time somebody needs it; a closed room that nobody asks for has none. When an actor fails, its
people are told `room.unavailable`, the room is read back from the store, and a fresh actor starts with `room.restored`. More
failures than the restart intensity allows, and the room is closed for good (reason `failed`) while the others go on.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pykka
import structlog
from attrs import Factory, define, frozen

from actors import effects as fx
from actors._runtime import ActorHandle, MailboxFull, MailboxStatistics
from actors.messages import RoomFailed
from actors.request import Request
from actors.session_feed import SessionFeed, Step
from breakout.contract.pushes import RoomRestoredPush, RoomUnavailablePush
from breakout.errors import Overloaded, RoomNotFound, RoomUnavailable
from breakout.ports import StoredRoom
from breakout.room import RoomState

log = structlog.get_logger()


@frozen
class RestartPolicy:
    """How often a room may fail: more than `intensity` times within `window_seconds` closes it."""

    intensity: int = 3
    window_seconds: float = 5.0


@define(eq=False)
class _Child:
    ref: ActorHandle | None = None
    restarts: int = 0
    last_failure: str | None = None
    failures: list[int] = Factory(list)
    started_at: int = 0
    given_up: bool = False


@frozen
class ChildStatistics:
    """A room's actor as operators see it; `state` is "running", "restarting" or "dormant"."""

    room_id: str
    state: str
    restarts: int
    last_failure: str | None
    started_at: int
    mailbox: MailboxStatistics | None


class RoomChildren:
    """The actors of one session's rooms.

    Args:
        spawn: Starts an actor for a room.
        load: Reads a failed room from the store, later, and tells the supervisor.
        now: The server's clock, in milliseconds.
    """

    def __init__(
        self,
        feed: SessionFeed,
        spawn: Callable[[RoomState], ActorHandle],
        load: Callable[[str], None],
        now: Callable[[], int],
        policy: RestartPolicy,
    ) -> None:
        self._feed = feed
        self._spawn = spawn
        self._load = load
        self._now = now
        self._policy = policy
        self._children: dict[str, _Child] = {}
        self._restarting: set[str] = set()
        self._reading: set[str] = set()

    def start_open_rooms(self) -> None:
        """Start an actor for every room that is not closed."""
        for state in self._feed.rooms.values():
            if state.open:
                self.start(state)

    def tell(self, room_id: str, message: Request | object) -> None:
        """Put a message into the room's mailbox; a room without an actor gets one.

        Raises:
            RoomNotFound: No such room in this session.
            RoomUnavailable: The room is being restarted. Nothing was queued.
            Overloaded: Its mailbox is full. Nothing was queued.
        """
        state = self._feed.rooms.get(room_id)
        if state is None:
            raise RoomNotFound
        if room_id in self._restarting:
            raise RoomUnavailable
        child = self._children.get(room_id)
        ref = child.ref if child is not None and child.ref is not None else self.start(state)
        try:
            ref.tell(message)
        except MailboxFull:
            raise Overloaded("the room has too many commands waiting; nothing was queued; try again") from None
        except pykka.ActorDeadError:
            raise RoomUnavailable from None

    def withdraw(self, user_id: str) -> list[Request]:
        """Take this user's commands out of the rooms' mailboxes: they have no effect, and the caller answers them."""

        def theirs(message: object) -> bool:
            return isinstance(message, Request) and message.caller.user.id == user_id

        inboxes: list[Any] = [child.ref.actor_inbox for child in self._children.values() if child.ref is not None]
        return [message for inbox in inboxes for message in inbox.withdraw(theirs)]

    def running(self, room_id: str) -> bool:
        """Whether the room has an actor now."""
        child = self._children.get(room_id)
        return child is not None and child.ref is not None and child.ref.is_alive()

    def fallen(self, room_id: str) -> bool:
        """Whether the room's actor has died and the store was not asked for the room yet."""
        child = self._children.get(room_id)
        if child is None or (child.ref is None and room_id not in self._restarting):
            return False  # dormant
        return not self.running(room_id) and room_id not in self._reading

    def being_read(self, room_id: str | None) -> bool:
        """Whether the store was asked for the room, which has no actor until then."""
        return room_id in self._reading

    def failed(self, message: RoomFailed) -> None:
        """Note a failure, tell the room's people, and read the room back from the store: after the changes that are under way, so
        that none is committed by half and somebody may stand in for the room.
        """
        child = self._children[message.room_id]
        child.ref = None
        child.last_failure = child.last_failure if message.ordered else message.error
        child.restarts += 1
        self._feed.meter.room_ended(ordered=message.ordered)
        child.given_up = not message.ordered and not self._tolerable(child)
        self._restarting.add(message.room_id)
        if message.ordered:
            log.info("room restarts", session=self._feed.session.id, room=message.room_id)
        else:
            log.error("room failed", session=self._feed.session.id, room=message.room_id, error=message.error)
        push = RoomUnavailablePush(message.room_id)
        self._feed.emit(Step((fx.Push(fx.room_topic(message.room_id), push),)))
        self._feed.when_submitted(partial(self._read_back, message.room_id))

    def _read_back(self, room_id: str) -> None:
        self._reading.add(room_id)
        self._load(room_id)

    def restore(self, stored: StoredRoom) -> bool:
        """Start a fresh actor from what the store has, and tell the room's people.

        Returns:
            False when the room has failed too often: it has no actor and is to be closed. Its failures are forgotten.
        """
        room_id = stored.state.id
        self._restarting.discard(room_id)
        self._reading.discard(room_id)
        child = self._children[room_id]
        if child.given_up:
            child.failures.clear()
            self._feed.meter.room_given_up()
            return False
        self.start(stored.state)
        effects = (fx.Push(fx.room_topic(room_id), RoomRestoredPush(room_id)), fx.CardChanged(room_id))
        self._feed.emit(Step(effects, rooms=(stored.state,)))
        return True

    def statistics(self) -> list[ChildStatistics]:
        """Every room that has had an actor, oldest first."""
        return [self._statistics(room_id, child) for room_id, child in self._children.items()]

    def _statistics(self, room_id: str, child: _Child) -> ChildStatistics:
        mailbox = None if child.ref is None else child.ref.actor_inbox.statistics()  # type: ignore[attr-defined]
        state = "restarting" if room_id in self._restarting else "running" if child.ref else "dormant"
        return ChildStatistics(room_id, state, child.restarts, child.last_failure, child.started_at, mailbox)

    def start(self, state: RoomState) -> ActorHandle:
        """Start an actor for a room that has none."""
        child = self._children.setdefault(state.id, _Child())
        child.ref = self._spawn(state)
        child.started_at = self._now()
        return child.ref

    def _tolerable(self, child: _Child) -> bool:
        now = self._now()
        child.failures.append(now)
        while child.failures[0] <= now - self._policy.window_seconds * 1000:
            del child.failures[0]
        return len(child.failures) <= self._policy.intensity
