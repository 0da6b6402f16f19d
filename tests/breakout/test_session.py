from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakout.session import (
    CompanionSet,
    OperatorActed,
    Recall,
    RecallAcknowledged,
    RecallAnnounced,
    RecallCancelled,
    RecallCompleted,
    RecallMode,
    RecallReturned,
    SessionEvent,
    SessionState,
    UserReadmitted,
    UserRemoved,
    UserSeen,
    apply_session,
)
from tests.fakes.rooms import ADA, BO, MOD, NOW
from tests.fakes.strategies import any_of


def recall(**fields: Any) -> Recall:
    given_fields = {"id": "rc", "mode": RecallMode.FORCED, "announced_at": NOW, "return_at": NOW + 10_000, **fields}
    return Recall(**{"room_ids": frozenset({"r1"}), "expected": frozenset({"ada", "bo"}), "by": MOD, **given_fields})


def after(*events: SessionEvent, state: SessionState | None = None) -> SessionState:
    state = state or SessionState("s1")
    for event in events:
        state = apply_session(state, event)
    return state


def test_user_who_comes_under_a_new_name_is_known_by_it():
    renamed = type(ADA)("ada", "Augusta", "King")
    assert after(UserSeen(ADA), UserSeen(BO), UserSeen(renamed)).users == {"ada": renamed, "bo": BO}


def test_receipts_count_once_and_only_from_those_who_were_called():
    receipts = [RecallAcknowledged("ada", NOW + 1), RecallAcknowledged("ada", NOW + 2), RecallAcknowledged("cy", NOW)]
    state = after(RecallAnnounced(recall()), *receipts)
    assert state.recall == recall(acknowledged={"ada": NOW + 1})
    assert state.recall.missing == ["bo"]


def test_receipt_without_a_recall_changes_nothing():
    assert after(RecallAcknowledged("ada", NOW), RecallReturned(NOW)) == SessionState("s1")


def test_returned_recall_still_collects_receipts():
    state = after(RecallAnnounced(recall()), RecallReturned(NOW), RecallAcknowledged("ada", NOW))
    assert state.recall == recall(returned=True, acknowledged={"ada": NOW})


@pytest.mark.parametrize("event", [RecallCancelled(NOW), RecallCompleted(NOW)])
def test_recall_is_over_when_cancelled_or_completed(event):
    assert after(RecallAnnounced(recall()), event).recall is None


def test_companion_accompanies_one_person_until_set_free():
    state = after(CompanionSet("cy", "ada"), CompanionSet("cy", "bo"), CompanionSet("mod", "ada"))
    assert state.companions == {"cy": "bo", "mod": "ada"}
    assert after(CompanionSet("cy", None), state=state).companions == {"mod": "ada"}


def test_removed_user_is_out_until_readmitted():
    state = after(UserRemoved("ada", NOW))
    assert state.removed == {"ada": NOW}
    assert after(UserReadmitted("ada"), UserReadmitted("bo"), state=state).removed == {}


@given(any_of(SessionState), any_of(SessionEvent))
def test_every_event_applies_to_every_session_and_leaves_it_alone(state, event):
    before = repr(state)
    changed = apply_session(state, event)
    assert isinstance(changed, SessionState)
    assert repr(state) == before
    if isinstance(event, OperatorActed):
        assert changed == state


@given(st.frozensets(st.text(max_size=3)), st.frozensets(st.text(max_size=3)))
def test_missing_are_the_expected_who_have_not_acknowledged_in_order(expected, acknowledged):
    missing = recall(expected=expected, acknowledged=dict.fromkeys(acknowledged, NOW)).missing
    assert missing == sorted(missing)
    assert set(missing) == expected - acknowledged
