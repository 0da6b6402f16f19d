import pytest

from breakout.contract.commands import UpdateRoom
from breakout.errors import Conflict, RoomClosed, RoomFull, RoomLocked
from breakout.room import CloseReason, Closing, Role, SeatedBy, Status
from breakout.room_apply import apply
from breakout.room_commands import CountSpeech, MarkCompanion, Release, Reseat
from breakout.room_decide import decide
from breakout.room_events import LeaveCause, SeatLeft, SeatTaken, SpokeFor
from tests.fakes.rooms import ADA, BO, CY, MOD, NOW, SERVER, admit, by_staff, do, kinds, room, seat


def test_join_takes_a_seat_as_participant():
    state = do(room(), admit(ADA, 7))
    assert state.seats == {"ada": seat(ADA, 7)}
    assert state.participant_count == 1


def test_join_is_rejected_when_room_is_full():
    with pytest.raises(RoomFull) as refused:
        decide(room(seat(ADA), max_participants=1), admit(BO), SERVER)
    assert refused.value.details == {"maxParticipants": 1}


def test_join_of_ones_own_room_changes_nothing_even_when_it_is_full_locked_or_closing():
    closing = Closing(CloseReason.CLOSED, NOW, "recall")
    state = room(seat(ADA), max_participants=1, locked=True, closing=closing)
    assert decide(state, admit(ADA, 9), SERVER) == []


@pytest.mark.parametrize("fields", [{"staff": True}, {"companion": True}])
def test_staff_and_companions_use_up_no_capacity(fields):
    state = do(room(seat(ADA), max_participants=1), admit(BO, 2, **fields))
    assert (set(state.seats), state.participant_count) == ({"ada", "bo"}, 1)


def test_facilitator_uses_up_no_capacity():
    state = do(room(seat(ADA), max_participants=1, facilitator=BO), admit(BO, 2))
    assert state.seats["bo"].role is Role.FACILITATOR
    assert state.participant_count == 1


def test_join_is_rejected_when_room_is_closed():
    with pytest.raises(RoomClosed):
        decide(room(status=Status.CLOSED), admit(ADA), SERVER)


def test_join_is_rejected_while_a_close_is_announced():
    with pytest.raises(RoomClosed):
        decide(room(closing=Closing(CloseReason.CLOSED, NOW + 5000, "recall")), admit(ADA), SERVER)


def test_join_is_rejected_when_the_room_has_changed_since():
    with pytest.raises(Conflict) as refused:
        decide(room(revision=4), admit(ADA, expected_revision=3), SERVER)
    assert refused.value.details == {"revision": 4}


@pytest.mark.parametrize("seated_by", [SeatedBy.SELF, SeatedBy.AUTO])
def test_locked_room_lets_participants_in_only_by_staff(seated_by):
    with pytest.raises(RoomLocked):
        decide(room(locked=True), admit(ADA, seated_by=seated_by), SERVER)
    assert "ada" in do(room(locked=True), admit(ADA, seated_by=SeatedBy.STAFF)).seats


def test_locked_room_lets_its_facilitator_and_staff_in():
    assert "ada" in do(room(locked=True, facilitator=ADA), admit(ADA)).seats
    assert "bo" in do(room(locked=True), admit(BO, staff=True)).seats


def test_release_leaves_a_newer_seat_alone():
    state = room(seat(ADA, 5))
    assert decide(state, Release("ada", 4, LeaveCause.MOVED), SERVER) == []
    assert decide(state, Release("ada", 5, LeaveCause.LEFT), SERVER) == [SeatLeft("ada", NOW, LeaveCause.LEFT)]


def test_release_of_nobody_changes_nothing():
    assert decide(room(), Release("ada", 9, LeaveCause.LEFT), SERVER) == []


def test_shrinking_below_the_present_count_unseats_nobody_and_bars_new_joins():
    state = do(room(seat(ADA, 1), seat(BO, 2)), UpdateRoom("r1", max_participants=1), by_staff())
    assert set(state.seats) == {"ada", "bo"}
    with pytest.raises(RoomFull):
        decide(state, admit(CY, 3), SERVER)


def test_reseat_lets_out_before_it_lets_in():
    state = do(room(seat(ADA, 1), max_participants=1), Reseat(leaving=("ada",), entering=(admit(BO, 2),)))
    assert list(state.seats) == ["bo"]


def test_reseat_leaves_out_those_for_whom_there_is_no_place():
    events = decide(room(max_participants=1), Reseat(entering=(admit(ADA, 1), admit(BO, 2))), SERVER)
    assert [event.seat.user for event in events if isinstance(event, SeatTaken)] == [ADA]


def test_reseat_passes_over_those_who_do_not_sit_here():
    assert decide(room(), Reseat(leaving=("ada",)), SERVER) == []


def test_speech_counts_only_for_those_who_sit_here():
    state = room(seat(ADA))
    assert decide(state, CountSpeech("ada", 12), SERVER) == [SpokeFor("ada", 12)]
    assert decide(state, CountSpeech("bo", 12), SERVER) == []
    assert decide(state, CountSpeech("ada", 0), SERVER) == []


def test_speech_adds_up_and_leaves_the_revision():
    state = apply(apply(room(seat(ADA)), SpokeFor("ada", 3)), SpokeFor("ada", 4))
    assert (state.seats["ada"].speaking_seconds, state.revision) == (7, 1)


def test_marking_a_companion_frees_their_place():
    state = do(room(seat(ADA), max_participants=1), MarkCompanion("ada", companion=True))
    assert state.participant_count == 0
    assert decide(state, MarkCompanion("ada", companion=True), SERVER) == []


def test_former_facilitator_becomes_a_participant_where_they_sit():
    state = room(seat(ADA, role=Role.FACILITATOR), facilitator=ADA, max_participants=1)
    changed = do(state, UpdateRoom("r1", facilitator_id="bo"), by_staff())
    assert changed.seats["ada"].role is Role.PARTICIPANT
    assert changed.facilitator == BO


def test_former_facilitator_who_is_staff_stays_a_facilitator():
    state = room(seat(MOD, role=Role.FACILITATOR, staff=True), facilitator=MOD)
    changed = do(state, UpdateRoom("r1", facilitator_id=None), by_staff())
    assert kinds(decide(state, UpdateRoom("r1", facilitator_id=None), by_staff())) == ["RoomUpdated"]
    assert changed.seats["mod"].role is Role.FACILITATOR


def test_reseat_is_neutral_in_a_room_that_was_shrunk_below_its_people():
    shrunk = room(seat(ADA, 1), seat(BO, 2), max_participants=1)
    state = do(shrunk, Reseat(leaving=("ada",), entering=(admit(CY, 3),)))
    assert set(state.seats) == {"bo", "cy"}
