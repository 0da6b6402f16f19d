"""The parts of a step that every actor makes in the same way: its change and its refusal."""

from actors import effects as fx
from actors.encoder import Encoder
from actors.messages import Order
from actors.request import Request
from actors.session_feed import Step
from breakout.errors import TRANSIENT_CODES, Refusal
from breakout.ports import Change, JournalEntry, KeyedReply


def stored_change(
    session_id: str, order: Order, entries: tuple[JournalEntry, ...], body: bytes | None, now: int
) -> Change | None:
    """The change that `order` wants stored; None when it changed nothing and its reply need not be remembered."""
    keyed = None if order.request is None or body is None else keyed_reply(order.request, body, now)
    if not entries and keyed is None:
        return None
    return Change(session_id, order.change_id, now, order.cause, order.by, entries, keyed)


def keyed_reply(request: Request, body: bytes, now: int) -> KeyedReply | None:
    """What to remember under the request's idempotency key; None without one."""
    if request.idempotency_key is None or not request.spec.changes:
        return None
    return KeyedReply(request.caller.user.id, request.idempotency_key, request.digest, body, now)


def refused_step(request: Request, refusal: Refusal, encoder: Encoder, session_id: str, now: int) -> Step:
    """A step that only refuses; it is stored when it must be remembered under an idempotency key."""
    effects = (fx.Refuse(request, refusal),)
    if refusal.code in TRANSIENT_CODES:
        return Step(effects)
    keyed = keyed_reply(request, encoder.refusal_body(refusal), now)
    if keyed is None:
        return Step(effects)
    return Step(effects, Change(session_id, "", now, request.spec.event, request.caller.user, (), keyed))
