"""Who speaks in a room, and who asks for more time: what is said at once and, but for the sum of speech, not stored.

A device says when its user starts and stops to speak. While they speak nothing is stored; when they stop, leave, or the room
closes, the seconds are added to their seat, in the same step as what ended them.
"""

from collections.abc import Sequence

from actors import effects as fx
from actors.messages import Order
from actors.request import Request
from actors.room_tools import RoomTools, own_order
from actors.session_feed import Step
from actors.speech import Speech
from actors.step_builder import refused_step, stored_change
from breakout.contract.commands import RequestTime, StartSpeaking
from breakout.contract.pushes import TimeRequestedPush
from breakout.contract.replies import Done, SpeakingReply
from breakout.errors import NotInRoom, Refusal, RoomClosed
from breakout.room import RoomState
from breakout.room_commands import CountSpeech
from breakout.room_events import RoomClosed as RoomClosedEvent
from breakout.room_events import RoomEvent, SeatLeft, SpokeFor


class Voice:
    """The voices of one room."""

    def __init__(self, tools: RoomTools) -> None:
        self._tools = tools

    def handle(self, state: RoomState, request: Request) -> Order | None:
        """`speaking.start`, `speaking.stop` or `time.request`: answered here, or by the order that the room is to carry out."""
        now = self._tools.clock.now()
        try:
            _require_seat(state, request.caller.user.id)
        except Refusal as refusal:
            step = refused_step(request, refusal, self._tools.encoder, state.session_id, now)
            self._tools.feed.emit(step)
            return None
        if isinstance(request.command, RequestTime):
            self._ask_for_time(state, request, request.command.seconds, now)
        elif isinstance(request.command, StartSpeaking):
            self._start(state, request, now)
        else:
            return self._stop(state, request, now)
        return None

    def _start(self, state: RoomState, request: Request, now: int) -> None:
        user_id = request.caller.user.id
        here = request.reply_to in self._tools.presence.connections(user_id)  # else it has vanished, and would speak for ever
        begins = here and self._tools.presence.speech.start(state.seats[user_id], request.reply_to, now)
        self._answer(state, request, self._roster(state, user_id) if begins else [], now)

    def _stop(self, state: RoomState, request: Request, now: int) -> Order | None:
        user_id = request.caller.user.id
        spoke = self._tools.presence.speech.speaking(state.seats[user_id])
        seconds = self._tools.presence.speech.stop(state.seats[user_id], request.reply_to, now)
        if seconds:
            order = own_order(request, self._tools.new_id())
            return Order(CountSpeech(user_id, seconds), order.cause, order.change_id, order.by, request)
        self._answer(state, request, self._roster(state, user_id) if spoke else [], now)
        return None

    def _roster(self, state: RoomState, user_id: str) -> list[fx.Effect]:
        return [fx.RosterChanged(state.id, changed=[self._tools.participant(state.seats[user_id])])]

    def _answer(self, state: RoomState, request: Request, effects: list[fx.Effect], now: int) -> None:
        reply = SpeakingReply(state.seats[request.caller.user.id].speaking_seconds)
        self._reply(state, request, reply, effects, now)

    def _ask_for_time(self, state: RoomState, request: Request, seconds: int, now: int) -> None:
        push = TimeRequestedPush(state.id, request.caller.user, seconds)
        effects: list[fx.Effect] = [fx.Push(fx.STAFF_TOPIC, push)]
        facilitator = state.facilitator
        if facilitator and not any(s.caller.staff for s in self._tools.presence.connections(facilitator.id)):
            effects.append(fx.Push(fx.user_topic(facilitator.id), push))
        self._reply(state, request, Done(), effects, now)

    def _reply(self, state: RoomState, request: Request, reply: object, effects: list[fx.Effect], now: int) -> None:
        body = self._tools.encoder.reply_body(reply)
        change = stored_change(state.session_id, own_order(request, self._tools.new_id()), (), body, now)
        self._tools.feed.emit(Step((fx.Reply(request, body), *effects), change))


def with_speech(speech: Speech, state: RoomState, events: Sequence[RoomEvent], now: int) -> list[RoomEvent]:
    """`events`, each end of a seat preceded by what its user has spoken until now."""
    result: list[RoomEvent] = []
    for event in events:
        leaving = [event.user_id] if isinstance(event, SeatLeft) and event.user_id in state.seats else []
        leaving = list(state.seats) if isinstance(event, RoomClosedEvent) else leaving
        for user_id in leaving:
            seconds = speech.silence(state.seats[user_id], now)
            result += [SpokeFor(user_id, seconds)] if seconds else []
        result.append(event)
    return result


def _require_seat(state: RoomState, user_id: str) -> None:
    if not state.open:
        raise RoomClosed
    if user_id not in state.seats:
        raise NotInRoom
