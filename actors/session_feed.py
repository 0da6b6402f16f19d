"""The one ordered queue through which everything in a session leaves.

    actors --emit(step)--> [ queue ] --submit--> journal --committed--> release: replies, pushes, seats, snapshots

A step is what one handler did: a change for the journal (or none), the states it led to, and its effects. Steps leave in the
order in which they were emitted, each after its change is committed; a step without a change waits for those before it. So
nobody sees what could still be lost, and no topic runs backwards. What belongs together though several rooms do it, such as the
two halves of a move, is emitted while the feed is held, and then committed as one. A room that has died is read back only then.

Two views of the session meet here. `rooms`, `session` and `seat_of` are what the actors have decided so far and what decisions
are based on; the audience (`audience.py`) is what was committed. A snapshot for a client is made from the first and released in
order, so that it contains exactly the pushes before it.

When a commit fails, everything in the queue is refused with `storage_unavailable` and the feed is broken: the session is loaded
again from the store, so that memory does not run ahead of it.
"""

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial

import structlog
from attrs import Factory, define, frozen

from actors import effects as fx
from actors.audience import Audience
from actors.key_ledger import KeyLedger
from actors.release import FeedTools, Releaser
from actors.request import Request
from breakout.errors import Overloaded, Refusal, StorageUnavailable
from breakout.ports import Change, Snapshot, StoredRoom, StoredSession
from breakout.room import RoomState
from breakout.session import SessionState

log = structlog.get_logger()

MAX_HELD_STEPS = 4096
"""More than that many steps are not kept back for a change of many rooms: they are submitted, and the change may then be committed
in two parts, and what waits for them (`when_submitted`) waits no longer. A change of 1,000 people in 200 rooms has 400 steps."""


@frozen
class Step:
    """What one handler did.

    Attributes:
        change: What must be stored before any effect happens; None for what is not stored.
        rooms: The states of the rooms that changed.
        session: The session's own state, if it changed.
    """

    effects: tuple[fx.Effect, ...]
    change: Change | None = None
    rooms: tuple[RoomState, ...] = ()
    session: SessionState | None = None


@define(eq=False)
class _Queued:
    step: Step
    emitted_at: float = 0.0
    position: int | None = None


@frozen
class FeedStatistics:
    """Steps that wait for their commit, the most that ever did, and how many were released."""

    waiting: int
    high_water: int
    released: int


@define(eq=False)
class _Dirty:
    """What changed since the last snapshot was written."""

    rooms: dict[str, StoredRoom] = Factory(dict)
    session: SessionState | None = None
    session_position: int = 0


class SessionFeed:
    """The queue of one session, from its loading to its unloading.

    Args:
        on_broken: Called once when a commit failed.

    Attributes:
        rooms_version: Another one whenever one of `rooms` is.
    """

    def __init__(self, stored: StoredSession, tools: FeedTools, audience: Audience, on_broken: Callable[[], None]) -> None:
        self.session = stored.state
        self.rooms: dict[str, RoomState] = {room_id: room.state for room_id, room in stored.rooms.items()}
        self.rooms_version = 0
        self.seat_of: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.audience = audience
        self.keys = KeyLedger(stored.keyed_replies, tools.clock)
        self.broken = False
        self.meter = tools.meter
        self._tools = tools
        self._on_broken = on_broken
        self._queue: deque[_Queued] = deque()
        self._held: list[_Queued] = []
        self._holds = 0
        self._when_submitted: list[Callable[[], None]] = []
        self._high_water = 0
        self._released_steps = 0
        self._releaser = Releaser(self.rooms, tools, audience, self.keys)
        self._dirty = _Dirty()
        self._seat_restored()

    def barred(self, user_id: str) -> bool:
        """Whether an operator has put this person out, of this session or of all."""
        return user_id in self.session.removed or user_id in self._tools.revoked

    def emit(self, step: Step) -> None:
        """Take over what a handler did; effects follow once its change is committed. Never blocks, never raises a refusal."""
        if self.broken:
            self._refuse_all([_Queued(step)])
            self._tools.flusher.flush()
            return
        for state in step.rooms:
            self._note_room(state)
        if step.session is not None:
            self.session = step.session
        queued = _Queued(step, self.meter.now())
        self._queue.append(queued)
        self._high_water = max(self._high_water, len(self._queue))
        self._held.append(queued)
        if not self._holds or len(self._held) >= MAX_HELD_STEPS:
            self._submit_held()

    def hold(self) -> None:
        """Keep what is emitted from here on, until `let_go`, to commit it as one; holds may overlap."""
        self._holds += 1

    def let_go(self) -> None:
        """End one hold; with the last one everything kept is submitted together."""
        self._holds -= 1
        if not self._holds and not self.broken:
            self._submit_held()

    def when_submitted(self, call: Callable[[], None]) -> None:
        """Call when all that was emitted so far is submitted: at once, or with the end of the last hold.

        Never when the feed is broken: the session is then loaded anew.
        """
        self._when_submitted.append(call)
        if not self._holds and not self.broken:
            self._submit_held()

    def _submit_held(self) -> None:
        held, self._held = self._held, []
        changes: list[tuple[Change, Callable[[int | None], None]]] = []
        for queued in held:
            if queued.step.change is None:
                queued.position = 0
            else:
                changes.append((queued.step.change, partial(self._committed, queued)))
        try:
            if changes:
                self._tools.journal.submit_together(changes)
        except (Overloaded, ValueError):  # the latter: what no file can take, a bug; the store is the truth
            log.exception("changes refused by the journal", session=self.session.id)
            self._break()
            return
        if self._queue and self._queue[0].position is not None:
            self._release_ready()
            self._tools.flusher.flush()
        calls, self._when_submitted = self._when_submitted, []
        for call in calls:
            call()

    @property
    def waiting(self) -> int:
        """Steps that wait for their commit."""
        return len(self._queue)

    @property
    def shown(self) -> Mapping[str, RoomState]:
        """The rooms as of the last released step: committed, and what clients have been told."""
        return self._releaser.released

    def statistics(self) -> FeedStatistics:
        return FeedStatistics(len(self._queue), self._high_water, self._released_steps)

    def take_snapshot(self) -> Snapshot | None:
        """What was committed since the last call, for the store; None when nothing was."""
        dirty, self._dirty = self._dirty, _Dirty()
        if not dirty.rooms and dirty.session is None:
            return None
        return Snapshot(dirty.session, self.session.id, dirty.session_position, tuple(dirty.rooms.values()))

    def give_back(self, snapshot: Snapshot) -> None:
        """A snapshot that could not be written: what it held is due again, unless something newer is."""
        for stored in snapshot.rooms:
            self._dirty.rooms.setdefault(stored.state.id, stored)
        if snapshot.session is not None and self._dirty.session is None:
            self._dirty.session, self._dirty.session_position = snapshot.session, snapshot.session_position

    def _seat_restored(self) -> None:
        newest: dict[str, int] = {}
        for state in self.rooms.values():
            self.counts[state.id] = state.participant_count
            for user_id, seat in state.seats.items():
                if seat.number > newest.get(user_id, -1):
                    newest[user_id] = seat.number
                    self.seat_of[user_id] = state.id
        for user_id, room_id in self.seat_of.items():
            self.audience.seat(user_id, room_id)
            self._releaser.rosters.show(room_id, [user_id])

    def _note_room(self, state: RoomState) -> None:
        former: Mapping[str, object] = self.rooms[state.id].seats if state.id in self.rooms else {}
        self.rooms[state.id] = state
        self.rooms_version += 1
        if former is state.seats:
            return
        self.counts[state.id] = state.participant_count
        for user_id in former.keys() - state.seats.keys():
            if self.seat_of.get(user_id) == state.id:
                del self.seat_of[user_id]
        for user_id in state.seats.keys() - former.keys():
            self.seat_of[user_id] = state.id

    def _committed(self, queued: _Queued, position: int | None) -> None:
        if self.broken:
            return
        if position is None:
            self._break()
            return
        queued.position = position
        self._release_ready()

    def _release_ready(self) -> None:
        while self._queue and self._queue[0].position is not None:
            queued = self._queue.popleft()
            self._released_steps += 1
            self._note_released(queued.step, queued.position or 0)
            for effect in queued.step.effects:
                self._releaser.release(effect)
            if queued.step.effects:
                self.meter.delivered(queued.emitted_at)

    def _note_released(self, step: Step, position: int) -> None:
        for state in step.rooms:
            self._releaser.released[state.id] = state
            if step.change is not None:
                self._dirty.rooms[state.id] = StoredRoom(state, position)
        if step.session is not None:
            self._dirty.session = step.session
            self._dirty.session_position = position

    def _break(self) -> None:
        self.broken = True
        waiting, self._queue = self._queue, deque()
        self._refuse_all(list(waiting))
        self._tools.flusher.flush()
        self._on_broken()

    def _refuse_all(self, waiting: list[_Queued]) -> None:
        for queued in waiting:
            for effect in queued.step.effects:
                request = getattr(effect, "request", None)
                if request is not None:
                    self._releaser.answer(fx.Refuse(request, StorageUnavailable()))

    def expect(self, request: Request) -> None:
        """Note a command that was brought to an actor: it is answered, at the latest by `end`."""
        self._releaser.unanswered[request] = self.meter.now()

    def answers(self, request: Request) -> bool:
        """Whether a step that was emitted answers this command, or has answered it."""
        if request not in self._releaser.unanswered:
            return True
        return any(getattr(effect, "request", None) is request for queued in self._queue for effect in queued.step.effects)

    def end(self) -> None:
        """The session leaves memory: refuse every command that nothing submitted will answer; it had no effect."""
        held = {id(queued) for queued in self._held}
        submitted = [effect for queued in self._queue if id(queued) not in held for effect in queued.step.effects]
        answered = {getattr(effect, "request", None) for effect in submitted}
        for request in [r for r in self._releaser.unanswered if r not in answered]:
            self._releaser.answer(fx.Refuse(request, StorageUnavailable()))
        self._tools.flusher.flush()

    def refuse_now(self, request: Request, refusal: Refusal) -> None:
        """Answer with a refusal at once, past the queue: the command never reached an actor."""
        self._releaser.answer(fx.Refuse(request, refusal))
        self._tools.flusher.flush()
