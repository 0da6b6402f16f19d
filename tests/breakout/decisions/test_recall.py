import pytest

from breakout.contract.commands import AcknowledgeRecall, CancelRecall, RecallAll
from breakout.decisions import recall as decisions
from breakout.decisions.context import Context
from breakout.errors import Conflict, Forbidden, RecallNotFound
from breakout.session import (
    RecallAcknowledged,
    RecallAnnounced,
    RecallCancelled,
    RecallCompleted,
    RecallMode,
    RecallReturned,
    SessionEvent,
    SessionState,
    apply_session,
)
from tests.fakes.rooms import ADA, BO, CY, NOW, SERVER, by, by_staff

SEATS = [("r1", "ada"), ("r2", "bo"), ("r3", "")]
RETURN_AT = NOW + 10_000
EMPTY = SessionState("s1")


def after(state: SessionState, events: list[SessionEvent]) -> SessionState:
    for event in events:
        state = apply_session(state, event)
    return state


def announced(mode: RecallMode = RecallMode.FORCED) -> SessionState:
    return after(EMPTY, decisions.announce(EMPTY, RecallAll(10, mode), SEATS, by_staff()))


def acknowledge(state: SessionState, context: Context) -> list[SessionEvent]:
    return decisions.acknowledge(state, AcknowledgeRecall("new"), context)


def test_recall_expects_everybody_who_sits_and_names_every_open_room():
    recall = announced().recall
    assert recall is not None
    assert (recall.id, recall.return_at) == ("new", RETURN_AT)
    assert recall.expected == {"ada", "bo"}
    assert recall.room_ids == {"r1", "r2", "r3"}


def test_second_recall_is_rejected_while_the_grace_runs():
    with pytest.raises(Conflict) as refused:
        decisions.announce(announced(), RecallAll(), SEATS, by_staff())
    assert refused.value.details == {"recallId": "new"}


def test_new_recall_completes_one_that_only_collects_receipts():
    state = after(announced(), decisions.due(announced(), RETURN_AT))
    events = decisions.announce(state, RecallAll(), SEATS, by_staff(RETURN_AT + 1))
    assert [type(event) for event in events] == [RecallCompleted, RecallAnnounced]


def test_server_recalls_nobody_by_itself():
    with pytest.raises(Forbidden):
        decisions.announce(EMPTY, RecallAll(), SEATS, SERVER)


def test_receipt_counts_once_and_only_of_those_who_were_called():
    state = announced()
    assert acknowledge(state, by(ADA, NOW + 3)) == [RecallAcknowledged("ada", NOW + 3)]
    assert acknowledge(after(state, acknowledge(state, by(ADA))), by(ADA)) == []
    assert acknowledge(state, by(CY)) == []


def test_last_receipt_completes_the_recall_once_the_grace_is_over():
    state = after(announced(), acknowledge(announced(), by(ADA)))
    assert [type(event) for event in acknowledge(state, by(BO))] == [RecallAcknowledged]
    returned = after(state, decisions.due(state, RETURN_AT))
    assert [type(event) for event in acknowledge(returned, by(BO))] == [RecallAcknowledged, RecallCompleted]


def test_invited_recall_is_complete_as_soon_as_everybody_is_back():
    state = announced(RecallMode.INVITED)
    state = after(state, acknowledge(state, by(ADA)))
    assert [type(event) for event in acknowledge(state, by(BO))] == [RecallAcknowledged, RecallCompleted]


@pytest.mark.parametrize("state", [EMPTY, announced()])
def test_receipt_and_cancel_of_another_recall_are_rejected(state):
    with pytest.raises(RecallNotFound):
        decisions.acknowledge(state, AcknowledgeRecall("other"), by(ADA))
    with pytest.raises(RecallNotFound):
        decisions.cancel(state, CancelRecall("other"), by_staff())


def test_recall_is_cancelled_only_while_its_grace_runs():
    assert decisions.cancel(announced(), CancelRecall("new"), by_staff()) == [RecallCancelled(NOW)]
    with pytest.raises(RecallNotFound):
        decisions.cancel(after(announced(), decisions.due(announced(), RETURN_AT)), CancelRecall("new"), by_staff())


def test_recall_returns_when_its_grace_ends_and_completes_when_receipts_are_overdue():
    state = announced()
    assert decisions.next_due(state) == RETURN_AT
    assert decisions.due(state, RETURN_AT - 1) == []
    returned = after(state, decisions.due(state, RETURN_AT))
    assert decisions.next_due(returned) == RETURN_AT + decisions.RECEIPT_SECONDS * 1000
    assert decisions.due(returned, RETURN_AT + 1) == []
    assert decisions.due(returned, RETURN_AT + 60_000) == [RecallCompleted(RETURN_AT + 60_000)]


def test_recall_to_which_everybody_came_back_is_over_with_its_grace():
    state = after(announced(), [RecallAcknowledged("ada", NOW), RecallAcknowledged("bo", NOW)])
    assert decisions.due(state, RETURN_AT) == [RecallReturned(RETURN_AT), RecallCompleted(RETURN_AT)]


def test_invitation_is_over_with_its_grace_whoever_is_missing():
    state = announced(RecallMode.INVITED)
    assert decisions.due(state, RETURN_AT) == [RecallReturned(RETURN_AT), RecallCompleted(RETURN_AT)]


def test_nothing_is_due_without_a_recall():
    assert decisions.next_due(EMPTY) is None
    assert decisions.due(EMPTY, NOW) == []
