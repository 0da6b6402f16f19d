"""How the domain's state looks on the wire: pure functions from state to the objects of the contract."""

from collections.abc import Callable, Iterable, Sequence

from breakout.chat import Message
from breakout.contract.objects import HelpItem, LobbyMember, Participant, RecallNotice, Room, RoomInside, Timer
from breakout.contract.pushes import RecallProgressPush
from breakout.countdown import Countdown
from breakout.identity import Caller
from breakout.room import RoomState, Seat
from breakout.session import Recall


def timer_view(countdown: Countdown | None, now: int) -> Timer | None:
    """The timer as of `now`; `remaining_seconds` is the only thing that depends on it."""
    if countdown is None:
        return None
    return Timer(
        state="running" if countdown.running else "paused",
        duration_seconds=countdown.duration_seconds,
        started_at=countdown.started_at,
        ends_at=countdown.ends_at,
        remaining_seconds=countdown.remaining_seconds(now),
        revision=countdown.revision,
    )


def room_view(state: RoomState, now: int) -> Room:
    return Room(
        id=state.id,
        session_id=state.session_id,
        event_id=state.event_id,
        name=state.name,
        topic=state.topic,
        max_participants=state.max_participants,
        duration_minutes=state.duration_minutes,
        auto_assign=state.auto_assign,
        locked=state.locked,
        status=state.status,
        created_at=state.created_at,
        started_at=state.started_at,
        ended_at=state.ended_at,
        creator=state.creator,
        facilitator=state.facilitator,
        participant_count=state.participant_count,
        help_requested=state.help is not None,
        timer=timer_view(state.countdown, now),
        revision=state.revision,
    )


def participant_view(seat: Seat, *, connected: bool, speaking: bool = False) -> Participant:
    return Participant(
        user_id=seat.user.id,
        first_name=seat.user.first_name,
        last_name=seat.user.last_name,
        role=seat.role,
        joined_at=seat.joined_at,
        connected=connected,
        speaking=speaking,
        speaking_time_seconds=seat.speaking_seconds,
    )


def roster_view(state: RoomState, view: Callable[[Seat], Participant]) -> list[Participant]:
    """The people of a room, in the order in which they sat down."""
    return [view(seat) for seat in state.seats.values()]


def inside_view(
    state: RoomState, participants: Sequence[Participant], messages: Sequence[Message], now: int
) -> RoomInside:
    return RoomInside(room_view(state, now), participants, messages, timer_view(state.countdown, now))


def help_view(rooms: Iterable[RoomState]) -> list[HelpItem]:
    """The open requests of these rooms, oldest first."""
    items = [
        HelpItem(state.help.id, state.id, state.help.user, state.help.reason, state.help.requested_at, state.help.claimed_by)
        for state in rooms
        if state.help is not None
    ]
    return sorted(items, key=lambda item: item.requested_at)


def lobby_view(callers: Iterable[Caller]) -> list[LobbyMember]:
    """These people as members of the lobby; they are connected by definition."""
    return [
        LobbyMember(caller.user.id, caller.user.first_name, caller.user.last_name, connected=True, staff=caller.staff)
        for caller in callers
    ]


def recall_view(recall: Recall | None) -> RecallNotice | None:
    return None if recall is None else RecallNotice(recall.id, recall.return_at, recall.mode.value)


SHOWN_MISSING = 100
"""Promised by the protocol: progress names the first 100 who are missing."""


def progress_view(recall: Recall, *, completed_at: int | None = None, cancelled: bool = False) -> RecallProgressPush:
    """How far a recall is; with the delays of its receipts once it is over."""
    delays = sorted(at - recall.announced_at for at in recall.acknowledged.values()) if completed_at else []
    return RecallProgressPush(
        recall_id=recall.id,
        expected=len(recall.expected),
        acknowledged=len(recall.acknowledged),
        missing=recall.missing[:SHOWN_MISSING],
        completed_at=completed_at,
        cancelled=cancelled,
        delay_p50_ms=_percentile(delays, 50),
        delay_p99_ms=_percentile(delays, 99),
        delay_max_ms=delays[-1] if delays else None,
    )


def _percentile(ordered: list[int], percent: int) -> int | None:
    """The nearest-rank percentile of an ordered list; None of an empty one."""
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None
