"""The step that a room's events make: the state they lead to, what is stored of them, and what people see."""

from collections.abc import Sequence

from actors import effects as fx
from actors.messages import Order
from actors.room_effects import RoomWatch, effects_of
from actors.room_replies import reply_to
from actors.room_tools import RoomTools
from actors.session_feed import Step
from actors.step_builder import stored_change
from actors.voice import with_speech
from breakout.ports import JournalEntry
from breakout.room import RoomState
from breakout.room_apply import apply
from breakout.room_events import RoomEvent


def room_step(before: RoomState, events: Sequence[RoomEvent], order: Order, tools: RoomTools, now: int) -> tuple[Step, RoomState]:
    """What to emit when `events` happen to a room because of `order`, and the room after them."""
    state = before
    events = with_speech(tools.presence.speech, state, events, now)
    effects: list[fx.Effect] = []
    inside = tools.inside()
    for event in events:
        former, state = state, apply(state, event)
        watch = RoomWatch(former, state, now, tools.participant, inside, tools.feed.seat_of)
        effects += effects_of(event, watch)
    body = None
    if order.request is not None and not order.silent:
        body = tools.encoder.reply_body(reply_to(order.request, before, state, now, inside))
        effects.insert(0, fx.Reply(order.request, body))
    entries = tuple(JournalEntry(state.id, event) for event in events)
    change = stored_change(state.session_id, order, entries, body, now)
    return Step(tuple(effects), change, (state,) if events else ()), state
