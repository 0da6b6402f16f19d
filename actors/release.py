"""What happens when a step's change is committed: each effect becomes frames to those entitled, now or coalesced.

`released` are the rooms as of the last released step: what has been shown. Differences, cards, the lobby and the progress of a
recall gather here until the coalescer asks for them.
"""

from collections.abc import Callable
from typing import Any

from attrs import Factory, define, evolve

from actors import effects as fx
from actors.audience import Audience
from actors.coalescer import Coalescer, RosterDiffs
from actors.encoder import Encoder
from actors.flusher import Flusher
from actors.key_ledger import KeyLedger
from actors.meter import Meter
from actors.metronome import Metronome
from actors.request import Request
from actors.steady_clock import SteadyClock
from breakout.contract.pushes import (
    HelpUpdatedPush,
    LobbyUpdatePush,
    ParticipantsUpdatePush,
    RoomsUpdatedPush,
)
from breakout.contract.views import help_view, lobby_view, progress_view, room_view
from breakout.ports import Journal
from breakout.room import RoomState


@define(eq=False)
class FeedTools:
    """What every session's feed shares with the others of the process.

    Attributes:
        revoked: Whom an operator has shut out of all sessions; changed by the root alone.
    """

    journal: Journal
    encoder: Encoder
    flusher: Flusher
    coalescer: Coalescer
    clock: SteadyClock
    metronome: Metronome
    meter: Meter = Factory(Meter)
    revoked: set[str] = Factory(set)


class Releaser:
    """Turns effects into frames for one session's audience.

    `unanswered` are the commands that were brought to an actor, each with when it came.
    """

    def __init__(self, rooms: dict[str, RoomState], tools: FeedTools, audience: Audience, keys: KeyLedger) -> None:
        self.released = dict(rooms)
        self.rosters = RosterDiffs()
        self.unanswered: dict[Request, float] = {}
        self._tools = tools
        self._audience = audience
        self._keys = keys
        self._lobby: dict[str, None] = {}
        self._cards: dict[str, None] = {}
        self._progress: dict[str, fx.RecallProgressed] = {}
        self._called_back: dict[str, str] = {}

    def release(self, effect: fx.Effect) -> None:
        """Let one effect happen. Nothing leaves before the next flush."""
        RELEASE[type(effect)](self, effect)

    def answer(self, effect: fx.Reply | fx.Refuse) -> None:
        """Send a reply, to its request and to those that waited for it under the same idempotency key."""
        request = effect.request
        since = self.unanswered.pop(request, None)
        if isinstance(effect, fx.Reply):
            body, code = effect.body, None
        else:
            body, code = self._tools.encoder.refusal_body(effect.refusal), effect.refusal.code
        for waiting in (request, *self._keys.settle(request, body, code)):
            self._tools.meter.answered(waiting.spec.event, code, since if waiting is request else None)
            if waiting.id is not None or code is not None:
                self._tools.flusher.send(waiting.reply_to, self._tools.encoder.reply_frame(waiting.id, body))

    def _publish(self, topic: fx.Topic, push: object) -> None:
        self._audience.publish(topic, push, self._tools.clock.now())

    def release_attach(self, effect: fx.Attach) -> None:
        self._audience.attach(effect.subscriber)

    def release_detach(self, effect: fx.Detach) -> None:
        self._audience.detach(effect.subscriber)

    def release_push(self, effect: fx.Push) -> None:
        self._publish(effect.topic, effect.push)

    def release_called_back(self, effect: fx.CalledBack) -> None:
        recall_id = effect.push.recall_id
        user_ids = [user_id for user_id in effect.user_ids if self._called_back.get(user_id) != recall_id]
        self._called_back.update(dict.fromkeys(user_ids, recall_id))
        self._audience.call_back(user_ids, recall_id, effect.push, self._tools.clock.now())

    def release_afterwards(self, effect: fx.Afterwards) -> None:
        effect.call()

    def release_seated(self, effect: fx.Seated) -> None:
        self._tools.meter.seatings += effect.room_id is not None
        self._audience.seat(effect.user_id, effect.room_id)

    def release_roster(self, effect: fx.RosterChanged) -> None:
        self.rosters.add(effect)
        self._tools.coalescer.roster_due(self._publish_rosters)

    def release_card(self, effect: fx.CardChanged) -> None:
        self._cards[effect.room_id] = None
        self._tools.coalescer.card_due(self._publish_cards)

    def release_lobby(self, effect: fx.LobbyChanged) -> None:
        self._lobby[effect.user_id] = None
        self._tools.coalescer.card_due(self._publish_cards)

    def release_help(self, _effect: fx.HelpChanged) -> None:
        self._publish(fx.STAFF_TOPIC, HelpUpdatedPush(help_view(self.released.values())))

    def release_progress(self, effect: fx.RecallProgressed) -> None:
        self._progress[effect.recall.id] = effect
        self._tools.coalescer.card_due(self._publish_cards)

    def release_show(self, effect: fx.ShowSession) -> None:
        shown = evolve(effect.snapshot, seqs=self._audience.seqs_for(effect.subscriber))
        if effect.request is None:
            self._audience.show(effect.subscriber, shown, self._tools.clock.now())
        else:
            self.answer(fx.Reply(effect.request, self._tools.encoder.reply_body(shown)))

    def release_broadcast(self, effect: fx.Broadcast) -> None:
        self._audience.broadcast(effect.room_ids, effect.push, self._tools.clock.now())

    def _publish_rosters(self) -> None:
        for room_id, diff in self.rosters.take():
            state = self.released[room_id]
            push = ParticipantsUpdatePush(
                room_id,
                list(diff.joined.values()),
                list(diff.left),
                list(diff.changed.values()),
                state.participant_count,
                state.revision,
            )
            self._publish(fx.room_topic(room_id), push)

    def _publish_cards(self) -> None:
        cards, self._cards = self._cards, {}
        now = self._tools.clock.now()
        if cards:
            self._publish(fx.SESSION_TOPIC, RoomsUpdatedPush([room_view(self.released[i], now) for i in cards]))
        progress, self._progress = self._progress, {}
        for last in progress.values():
            push = progress_view(last.recall, completed_at=last.completed_at, cancelled=last.cancelled)
            self._publish(fx.STAFF_TOPIC, push)
        touched, self._lobby = self._lobby, {}
        if touched:
            callers = {user_id: self._audience.unseated(user_id) for user_id in touched}
            joined = lobby_view(caller for caller in callers.values() if caller is not None)
            left = [user_id for user_id, caller in callers.items() if caller is None]
            self._publish(fx.STAFF_TOPIC, LobbyUpdatePush(joined, left))


RELEASE: dict[type, Callable[[Releaser, Any], None]] = {
    fx.Push: Releaser.release_push,
    fx.CalledBack: Releaser.release_called_back,
    fx.Reply: Releaser.answer,
    fx.Refuse: Releaser.answer,
    fx.Seated: Releaser.release_seated,
    fx.RosterChanged: Releaser.release_roster,
    fx.CardChanged: Releaser.release_card,
    fx.LobbyChanged: Releaser.release_lobby,
    fx.HelpChanged: Releaser.release_help,
    fx.RecallProgressed: Releaser.release_progress,
    fx.Attach: Releaser.release_attach,
    fx.Detach: Releaser.release_detach,
    fx.ShowSession: Releaser.release_show,
    fx.Broadcast: Releaser.release_broadcast,
    fx.Afterwards: Releaser.release_afterwards,
}
