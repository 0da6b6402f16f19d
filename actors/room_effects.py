"""What people see of a room's events: the effects of each, in the order in which clients should get them."""

from collections.abc import Callable, Mapping

from attrs import frozen

from actors import effects as fx
from breakout import room_events as ev
from breakout.contract import pushes as p
from breakout.contract.objects import Participant, RoomInside
from breakout.contract.views import help_view, timer_view
from breakout.room import CloseReason, Closing, RoomState, Seat, SeatedBy

BY_OF_CAUSE = {
    ev.LeaveCause.LEFT: SeatedBy.SELF,
    ev.LeaveCause.STAFF: SeatedBy.STAFF,
    ev.LeaveCause.HOLD_EXPIRED: SeatedBy.AUTO,
    ev.LeaveCause.CLOSED: SeatedBy.RECALL,
}
"""Who took somebody out of a room, as `participant.seated` says it. A move says so with its new room."""


@frozen
class RoomWatch:
    """One event of a room with what is needed to show it.

    Attributes:
        participant: How a seat looks, with its volatile presence and speech.
        inside: What someone in a room sees.
        seat_of: Who sits where by now. Somebody on their way elsewhere may still have a seat here: it is no longer theirs.
    """

    before: RoomState
    after: RoomState
    now: int
    participant: Callable[[Seat], Participant]
    inside: Callable[[RoomState, int], RoomInside]
    seat_of: Mapping[str, str]

    @property
    def people(self) -> list[str]:
        """Those who sat here before the event, without those who sit in another room by now."""
        room_id = self.before.id
        return [user_id for user_id in self.before.seats if self.seat_of.get(user_id) == room_id]

    def push(self, push: object) -> fx.Push:
        return fx.Push(fx.room_topic(self.after.id), push)

    def card(self) -> fx.CardChanged:
        return fx.CardChanged(self.after.id)


def effects_of(event: ev.RoomEvent, watch: RoomWatch) -> list[fx.Effect]:
    """The pushes and seat changes that follow from `event`."""
    match event:
        case ev.SeatTaken(seat):
            return _seat_taken(seat, watch)
        case ev.SeatLeft(user_id, _, cause):
            return _seat_left(user_id, cause, watch)
        case ev.RoomUpdated():
            return _updated(watch)
        case ev.TimerStarted() | ev.TimerExtended() | ev.TimerPaused() | ev.TimerResumed() | ev.TimerStopped():
            timer = timer_view(watch.after.countdown, watch.now)
            return [watch.push(p.TimerUpdatedPush(watch.after.id, timer, watch.after.status)), watch.card()]
        case ev.WarningGiven(threshold):
            return _warned(threshold, watch)
        case ev.RoomClosing(closing):
            return [*_announced(closing, watch), watch.card()]
        case ev.RoomClosed():
            return _closed(event, watch)
        case ev.RoomReopened(_, seats):
            seated = [effect for seat in seats for effect in _seat_taken(seat, watch)]
            return [*seated, watch.card()]
        case ev.MessageSent(message, broadcast):
            return [] if broadcast else [watch.push(p.ChatMessagePush(message))]
        case ev.SpokeFor(user_id) | ev.CompanionMarked(user_id) if user_id in watch.after.seats:
            return [fx.RosterChanged(watch.after.id, changed=[watch.participant(watch.after.seats[user_id])]), watch.card()]
        case ev.HelpRequested() | ev.HelpClaimed() | ev.HelpClosed():
            return [*_help(watch), watch.card()]
        case _:
            return [watch.card()]


def _seat_taken(seat: Seat, watch: RoomWatch) -> list[fx.Effect]:
    state = watch.after
    inside = watch.inside(state, watch.now)
    return [
        fx.Seated(seat.user.id, state.id),
        fx.Push(fx.user_topic(seat.user.id), p.ParticipantSeatedPush(state.id, seat.by.value, inside)),
        fx.RosterChanged(state.id, joined=[watch.participant(seat)]),
        fx.LobbyChanged(seat.user.id),
        watch.card(),
    ]


def _seat_left(user_id: str, cause: ev.LeaveCause, watch: RoomWatch) -> list[fx.Effect]:
    roster: list[fx.Effect] = [fx.RosterChanged(watch.after.id, left=[user_id]), watch.card()]
    by = BY_OF_CAUSE.get(cause)
    return roster if by is None else [*roster, *unseated(user_id, by)]


def unseated(user_id: str, by: SeatedBy) -> list[fx.Effect]:
    """Somebody is back in the main session: off their room's topic, told so, and in the lobby."""
    return [
        fx.Seated(user_id, None),
        fx.Push(fx.user_topic(user_id), p.ParticipantSeatedPush(None, by.value, None)),
        fx.LobbyChanged(user_id),
    ]


def _updated(watch: RoomWatch) -> list[fx.Effect]:
    seats = watch.after.seats
    changed = [watch.participant(seat) for i, seat in seats.items() if seat != watch.before.seats.get(i)]
    roster: list[fx.Effect] = [fx.RosterChanged(watch.after.id, changed=changed)] if changed else []
    return [*roster, watch.card()]


def _warned(threshold: int, watch: RoomWatch) -> list[fx.Effect]:
    countdown = watch.after.countdown
    if countdown is None or countdown.ends_at is None:
        return [watch.card()]
    return [watch.push(p.TimerWarningPush(watch.after.id, threshold, countdown.ends_at)), watch.card()]


def _announced(closing: Closing, watch: RoomWatch) -> list[fx.Effect]:
    grace_seconds = max(0, round((closing.at - watch.now) / 1000))
    push = p.RecalledPush(
        closing.recall_id, watch.after.id, closing.reason.value, "forced", grace_seconds, closing.at
    )
    return [fx.CalledBack(tuple(watch.people), push)]


def _closed(event: ev.RoomClosed, watch: RoomWatch) -> list[fx.Effect]:
    before = watch.before
    closed = p.RoomClosedPush(before.id, event.reason.value, event.ended_at)
    result: list[fx.Effect] = [fx.Push(fx.SESSION_TOPIC, closed), watch.card()]
    told = before.closing is not None and before.closing.recall_id == event.recall_id
    if not told or event.reason is CloseReason.FAILED:
        result += _announced(Closing(event.reason, event.ended_at, event.recall_id), watch)
    result.append(fx.RosterChanged(before.id, left=list(before.seats)))
    for user_id in watch.people:
        result += unseated(user_id, SeatedBy.RECALL)
    return result if before.help is None else [*result, *_help(watch)]


def _help(watch: RoomWatch) -> list[fx.Effect]:
    """The room's own people see their room's request; staff see the whole queue."""
    own = p.HelpUpdatedPush(help_view([watch.after]))
    people = [seat for seat in watch.after.seats.values() if not seat.staff]
    return [fx.HelpChanged(), *(fx.Push(fx.user_topic(seat.user.id), own) for seat in people)]
