"""Calling everybody back: announced, acknowledged, cancelled, over."""

from collections.abc import Iterable

from breakout.contract.commands import AcknowledgeRecall, CancelRecall, RecallAll
from breakout.decisions.context import Context
from breakout.errors import Conflict, Forbidden, RecallNotFound
from breakout.session import (
    Recall,
    RecallAcknowledged,
    RecallAnnounced,
    RecallCancelled,
    RecallCompleted,
    RecallMode,
    RecallReturned,
    SessionEvent,
    SessionState,
)

RECEIPT_SECONDS = 60
"""How long receipts are collected after everybody had to be back: a phone needs up to about half a minute to reconnect."""


def announce(
    state: SessionState, command: RecallAll, seats: Iterable[tuple[str, str]], context: Context
) -> list[SessionEvent]:
    """Call back everybody who sits anywhere; `seats` are pairs of room id and user id ("" for an empty room).

    A recall that only collects receipts is completed by the new one.

    Raises:
        Conflict: A recall is running; `details.recallId`.
    """
    former = state.recall
    if former is not None and not former.returned:
        raise Conflict("a recall is running already", recallId=former.id)
    if context.caller is None:
        raise Forbidden
    pairs = list(seats)
    recall = Recall(
        id=context.new_id,
        mode=command.mode,
        announced_at=context.now,
        return_at=context.now + command.grace_seconds * 1000,
        room_ids=frozenset(room_id for room_id, _ in pairs),
        expected=frozenset(user_id for _, user_id in pairs if user_id),
        by=context.caller.user,
    )
    completed: list[SessionEvent] = [] if former is None else [RecallCompleted(context.now)]
    return [*completed, RecallAnnounced(recall)]


def acknowledge(state: SessionState, command: AcknowledgeRecall, context: Context) -> list[SessionEvent]:
    """The receipt of one person; a second one, or one of somebody who was not called, changes nothing.

    Raises:
        RecallNotFound: No such recall runs.
    """
    recall = state.recall
    if recall is None or recall.id != command.recall_id:
        raise RecallNotFound
    if context.user_id not in recall.expected or context.user_id in recall.acknowledged:
        return []
    received = RecallAcknowledged(context.user_id, context.now)
    over = recall.returned or recall.mode is RecallMode.INVITED
    last = over and len(recall.acknowledged) + 1 == len(recall.expected)
    return [received, RecallCompleted(context.now)] if last else [received]


def cancel(state: SessionState, command: CancelRecall, context: Context) -> list[SessionEvent]:
    """Raises: RecallNotFound: No such recall, or its grace is over."""
    recall = state.recall
    if recall is None or recall.id != command.recall_id or recall.returned:
        raise RecallNotFound
    return [RecallCancelled(context.now)]


def due(state: SessionState, now: int) -> list[SessionEvent]:
    """What a recall does by itself at `now`: return when its grace ends, complete when its receipts are in or overdue."""
    recall = state.recall
    if recall is None or now < (next_due(state) or 0):
        return []
    if recall.returned:
        return [RecallCompleted(now)]
    over = recall.mode is RecallMode.INVITED or not recall.missing
    return [RecallReturned(now), RecallCompleted(now)] if over else [RecallReturned(now)]


def next_due(state: SessionState) -> int | None:
    """When `due` has something to say; None without a recall."""
    recall = state.recall
    if recall is None:
        return None
    return recall.return_at + (RECEIPT_SECONDS * 1000 if recall.returned else 0)
