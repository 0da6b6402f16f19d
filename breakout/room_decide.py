"""What may happen in a room: `decide(state, command, context) -> events`, or a `Refusal`.

Pure: nothing happens by deciding. The events are applied with `room_apply.apply` and journalled by the room's actor.
"""

from collections.abc import Callable
from typing import Any

from breakout import room_commands as rc
from breakout.contract import commands as c
from breakout.countdown import due_warning
from breakout.decisions import lifecycle, seats, talk, timer
from breakout.decisions.context import Context
from breakout.room import CloseReason, RoomState
from breakout.room_events import RoomClosed, RoomEvent, WarningGiven

DECISIONS: dict[type, Callable[[RoomState, Any, Context], list[RoomEvent]]] = {
    c.UpdateRoom: lifecycle.update,
    c.CloseRoom: lifecycle.close,
    c.StartTimer: timer.start,
    c.ExtendTimer: timer.extend,
    c.PauseTimer: timer.pause,
    c.ResumeTimer: timer.resume,
    c.StopTimer: timer.stop,
    c.SendChat: talk.send_chat,
    c.RequestHelp: talk.request_help,
    c.CancelHelp: talk.cancel_help,
    c.ClaimHelp: talk.claim_help,
    c.ResolveHelp: talk.resolve_help,
    rc.Admit: seats.admit,
    rc.Release: seats.release,
    rc.Reseat: seats.reseat,
    rc.CountSpeech: seats.count_speech,
    rc.MarkCompanion: seats.mark_companion,
    rc.RecordBroadcast: talk.record_broadcast,
    rc.AnnounceClosing: lifecycle.announce_closing,
    rc.CancelClosing: lifecycle.cancel_closing,
    rc.CloseNow: lifecycle.close_now,
    rc.Reopen: lifecycle.reopen,
}


def decide(state: RoomState, command: object, context: Context) -> list[RoomEvent]:
    """What `command` makes happen to the room; an empty list when it changes nothing.

    Raises:
        Refusal: One of the refusals that the command's own function names. Nothing happens.
        KeyError: `command` is not a room's (a bug).
    """
    return DECISIONS[type(command)](state, command, context)


def decide_due(state: RoomState, now: int, new_id: str) -> list[RoomEvent]:
    """What the room does by itself at `now`: warn, or close because its time or its grace is over."""
    if not state.open:
        return []
    if state.closing is not None and now >= state.closing.at:
        return [RoomClosed(state.closing.reason, state.closing.at, state.closing.recall_id)]
    countdown = state.countdown
    if countdown is None or countdown.ends_at is None:
        return []
    if now >= countdown.ends_at:
        return [RoomClosed(CloseReason.TIMER, countdown.ends_at, new_id)]
    threshold = due_warning(countdown, now)
    return [] if threshold is None else [WarningGiven(threshold)]
