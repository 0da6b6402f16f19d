"""How the session answers a command: its order for the journal, its context, its reply."""

from collections.abc import Callable

from attrs import frozen

from actors import effects as fx
from actors.encoder import Encoder
from actors.messages import Order
from actors.request import Request
from actors.session_feed import SessionFeed, Step
from actors.steady_clock import SteadyClock
from actors.step_builder import refused_step, stored_change
from breakout.contract.table import Needs
from breakout.decisions.context import Context
from breakout.errors import Forbidden, Refusal
from breakout.ports import JournalEntry
from breakout.room import RoomState
from breakout.session import SessionState

PUT_OUT = "an operator has put you out of this session"


@frozen(eq=False)
class Answering:
    """What every concern of the supervisor shares."""

    feed: SessionFeed
    encoder: Encoder
    clock: SteadyClock
    new_id: Callable[[], str]

    def order(self, request: Request) -> Order:
        """What the journal is to say of this command."""
        return Order(request.command, request.spec.event, self.new_id(), request.caller.user, request)

    def require_admitted(self, request: Request) -> None:
        """Raises: Forbidden: An operator has put the caller out while the command was on its way."""
        if self.feed.barred(request.caller.user.id) and request.spec.needs is not Needs.OPERATE:
            raise Forbidden(PUT_OUT)

    def context(self, request: Request) -> Context:
        return Context(self.clock.now(), request.caller, self.new_id(), self.feed.session.users)

    def reply(
        self,
        request: Request,
        reply: object,
        effects: tuple[fx.Effect, ...] = (),
        *,
        entries: tuple[JournalEntry, ...] = (),
        rooms: tuple[RoomState, ...] = (),
        session: SessionState | None = None,
        order: Order | None = None,
    ) -> None:
        """Answer with success, behind everything emitted so far; `entries` and the reply's key are stored together.

        `order` is this command's, where other entries share its change.
        """
        body = self.encoder.reply_body(reply)
        change = stored_change(self.feed.session.id, order or self.order(request), entries, body, self.clock.now())
        self.feed.emit(Step((fx.Reply(request, body), *effects), change, rooms, session))

    def refuse(self, request: Request, refusal: Refusal) -> None:
        """Answer with a refusal, behind everything emitted so far."""
        self.feed.emit(refused_step(request, refusal, self.encoder, self.feed.session.id, self.clock.now()))
