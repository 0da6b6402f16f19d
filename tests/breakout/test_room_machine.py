"""Everything a room promises, checked over random lives of one room.

The machine treats the room as its actor does: time passes, the room does by itself what is due, then commands come in.
"""

from typing import Any

from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from breakout.contract import commands as c
from breakout.decisions.context import Context
from breakout.errors import Refusal
from breakout.identity import User
from breakout.room import CloseReason, Closing, RoomState, SeatedBy, Status, natural_status, next_deadline
from breakout.room_apply import apply, replay
from breakout.room_commands import (
    Admit,
    AnnounceClosing,
    CancelClosing,
    CloseNow,
    CountSpeech,
    MarkCompanion,
    RecordBroadcast,
    Release,
    Reopen,
    Reseat,
)
from breakout.room_decide import decide, decide_due
from breakout.room_events import LeaveCause, MessageSent, RoomCreated, RoomEvent, SpokeFor
from tests.fakes.rooms import NOW, caller, room

PEOPLE = [User(f"u{n}", f"U{n}", "") for n in range(6)]
IDS = [user.id for user in PEOPLE]
RECALLS = ["recall-1", "recall-2"]

users = st.sampled_from(PEOPLE)
user_ids = st.sampled_from(IDS)
recall_ids = st.sampled_from(RECALLS)
mostly = st.sampled_from([True, True, True, False])


class RoomMachine(RuleBasedStateMachine):
    @initialize(capacity=st.integers(1, 3), minutes=st.sampled_from([0, 1, 6]), facilitator=st.none() | users)
    def create(self, capacity: int, minutes: int, facilitator: User | None) -> None:
        first = room(max_participants=capacity, duration_minutes=minutes, facilitator=facilitator)
        self.history: list[RoomEvent] = [RoomCreated(first)]
        self.state: RoomState = first
        self.now = NOW
        self.number = 0
        self.timer_revision = 0

    # -- the room's surroundings

    def context(self, user: User | None, *, staff: bool = True) -> Context:
        self.number += 1
        by = None if user is None else caller(user, staff=staff)
        return Context(self.now, by, f"id-{self.number}", {user.id: user for user in PEOPLE})

    def do(self, command: object, context: Context | None = None) -> None:
        context = context or self.context(None)
        before = self.state
        kept = evolve(before, seats=dict(before.seats), former_seats=dict(before.former_seats))
        first, second = attempt(before, command, context), attempt(before, command, context)
        assert first == second, "deciding is not pure"
        assert before == kept, "deciding changed the state"
        self.happen(first if isinstance(first, list) else [])

    def happen(self, events: list[RoomEvent]) -> None:
        for event in events:
            revision = self.state.revision
            self.state = apply(self.state, event)
            self.history.append(event)
            counted = not isinstance(event, MessageSent | SpokeFor)
            assert self.state.revision == revision + counted

    @rule(ms=st.one_of(st.integers(1, 2000), st.integers(1, 500_000)))
    def time_passes(self, ms: int) -> None:
        """The room wakes at each of its deadlines; each time there is something to do, and it is never early."""
        until = self.now + ms
        while (at := next_deadline(self.state)) is not None and at <= until:
            assert decide_due(self.state, at - 1, "too early") == []
            events = decide_due(self.state, at, f"due-{at}")
            assert events, "woken for nothing"
            self.now = max(self.now, at)
            self.happen(events)
        self.now = until

    # -- seats

    @rule(user=users, by=st.sampled_from(SeatedBy), staff=st.booleans(), companion=st.booleans())
    def admit(self, user: User, by: SeatedBy, staff: bool, companion: bool) -> None:
        count = self.state.participant_count
        self.do(Admit(user, self.next_number(), by, staff=staff, companion=companion))
        assert self.state.participant_count <= max(count, self.state.max_participants)

    @rule(user_id=user_ids, up_to=st.integers(0, 60), cause=st.sampled_from(LeaveCause))
    def release(self, user_id: str, up_to: int, cause: LeaveCause) -> None:
        newer = user_id in self.state.seats and self.state.seats[user_id].number > up_to
        self.do(Release(user_id, up_to, cause))
        assert (user_id in self.state.seats) == newer

    @rule(leaving=st.lists(user_ids, max_size=3, unique=True), entering=st.lists(users, max_size=4))
    def reseat(self, leaving: list[str], entering: list[User]) -> None:
        staying = sum(seat.counts for i, seat in self.state.seats.items() if i not in leaving)
        admits = tuple(Admit(user, self.next_number(), SeatedBy.STAFF) for user in entering)
        self.do(Reseat(tuple(leaving), admits))
        assert self.state.participant_count <= max(staying, self.state.max_participants)

    @rule(user_id=user_ids, companion=st.booleans())
    def mark_companion(self, user_id: str, companion: bool) -> None:
        self.do(MarkCompanion(user_id, companion))

    def next_number(self) -> int:
        self.number += 1
        return self.number

    # -- timer

    @rule(user=users, staff=mostly, seconds=st.none() | st.sampled_from([30, 70, 310, 700]))
    def start_timer(self, user: User, staff: bool, seconds: int | None) -> None:
        self.do(c.StartTimer("r1", seconds), self.context(user, staff=staff))

    @precondition(lambda self: self.state.countdown is not None)
    @rule(user=users, staff=mostly, seconds=st.integers(-400, 400))
    def extend_timer(self, user: User, staff: bool, seconds: int) -> None:
        self.do(c.ExtendTimer("r1", seconds), self.context(user, staff=staff))

    @precondition(lambda self: self.state.countdown is not None)
    @rule(command=st.sampled_from([c.PauseTimer, c.ResumeTimer, c.PauseTimer, c.ResumeTimer, c.StopTimer]), user=users)
    def hold_timer(self, command: Any, user: User) -> None:
        self.do(command("r1"), self.context(user))

    @precondition(lambda self: self.state.countdown is not None)
    @rule(early_ms=st.integers(0, 1000))
    def time_passes_to_the_next_deadline(self, early_ms: int) -> None:
        at = next_deadline(self.state)
        if at is not None:
            self.time_passes(max(1, at - early_ms - self.now))

    # -- settings and life

    @rule(changes=st.fixed_dictionaries({}, optional={
        "max_participants": st.integers(1, 3),
        "locked": st.booleans(),
        "duration_minutes": st.integers(0, 2),
        "facilitator_id": st.none() | user_ids | st.just("stranger"),
        "expected_revision": st.integers(0, 30),
    }), user=users, staff=st.booleans())
    def update(self, changes: dict[str, Any], user: User, staff: bool) -> None:
        seats = set(self.state.seats)
        self.do(c.UpdateRoom("r1", **changes), self.context(user, staff=staff))
        assert set(self.state.seats) == seats, "settings unseat nobody"

    @precondition(lambda self: self.state.open)
    @rule(user=users, staff=st.booleans(), grace=st.sampled_from([0, 1, 30]))
    def close(self, user: User, staff: bool, grace: int) -> None:
        self.do(c.CloseRoom("r1", grace), self.context(user, staff=staff))

    @rule(grace_ms=st.integers(0, 60_000), recall_id=recall_ids, cancel=mostly)
    def announce_closing(self, grace_ms: int, recall_id: str, cancel: bool) -> None:
        self.do(AnnounceClosing(Closing(CloseReason.RECALL, self.now + grace_ms, recall_id)))
        if cancel:
            self.do(CancelClosing(recall_id))

    @precondition(lambda self: self.state.seats)
    @rule(reason=st.sampled_from(CloseReason), recall_id=recall_ids)
    def close_now(self, reason: CloseReason, recall_id: str) -> None:
        self.do(CloseNow(reason, recall_id))
        assert not self.state.open

    @precondition(lambda self: not self.state.open)
    @rule(returning=st.lists(user_ids, unique=True))
    def reopen(self, returning: list[str]) -> None:
        former = set(self.state.former_seats)
        self.do(Reopen(tuple(returning), self.next_number()))
        self.number += len(returning)
        assert set(self.state.seats) == former & set(returning)

    # -- talk

    @rule(user=users, staff=st.booleans(), broadcast=st.booleans())
    def talk(self, user: User, staff: bool, broadcast: bool) -> None:
        said = RecordBroadcast(f"m{self.next_number()}", user, "hear", self.now) if broadcast else c.SendChat("hello")
        self.do(said, self.context(user, staff=staff))

    @precondition(lambda self: self.state.seats)
    @rule(data=st.data(), command=st.sampled_from([c.RequestHelp, c.CancelHelp, c.ClaimHelp, c.ResolveHelp]))
    def call_for_help(self, data: st.DataObject, command: Any) -> None:
        answered = command in (c.ClaimHelp, c.ResolveHelp)
        said = command(self.state.help.id if self.state.help else "none") if answered else command()
        self.do(said, self.context(data.draw(st.sampled_from([seat.user for seat in self.state.seats.values()]))))

    @rule(user_id=user_ids, seconds=st.integers(0, 100))
    def speak(self, user_id: str, seconds: int) -> None:
        self.do(CountSpeech(user_id, seconds))

    # -- what always holds

    def teardown(self) -> None:
        assert replay(None, self.history) == self.state

    @invariant()
    def a_closed_room_is_empty(self) -> None:
        if self.state.status is Status.CLOSED:
            assert self.state.seats == {}
            assert self.state.countdown is None
            assert self.state.closing is None
            assert self.state.help is None
            assert self.state.ended_at is not None
            assert next_deadline(self.state) is None
        else:
            assert self.state.status is natural_status(self.state)
            assert (self.state.ended_at, self.state.former_seats) == (None, {})

    @invariant()
    def everybody_has_one_seat_under_their_own_id(self) -> None:
        assert all(seat.user.id == user_id for user_id, seat in self.state.seats.items())
        numbers = [seat.number for seat in self.state.seats.values()]
        assert len(numbers) == len(set(numbers))

    @invariant()
    def roles_follow_the_facilitator_and_staff(self) -> None:
        for user_id, seat in self.state.seats.items():
            assert seat.role is self.state.role_of(user_id, staff=seat.staff)

    @invariant()
    def nothing_that_is_due_is_left_undone(self) -> None:
        deadline = next_deadline(self.state)
        assert deadline is None or decide_due(self.state, min(self.now, deadline - 1), "due") == []

    @invariant()
    def the_timer_revision_never_runs_backwards(self) -> None:
        if self.state.countdown is not None:
            assert self.timer_revision <= self.state.countdown.revision <= self.state.revision
            self.timer_revision = self.state.countdown.revision


def attempt(state: RoomState, command: object, context: Context) -> list[RoomEvent] | tuple[str, str]:
    """What a decision gives, a refusal as a value that can be compared."""
    try:
        return decide(state, command, context)
    except Refusal as refusal:
        return refusal.code, f"{refusal.message} {refusal.details}"


TestRoomMachine = RoomMachine.TestCase
TestRoomMachine.settings = settings(max_examples=120, stateful_step_count=50)
"""More than other tests have: with fewer, some events never happen after some others."""
