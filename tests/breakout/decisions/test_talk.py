import pytest

from breakout.chat import KEPT_MESSAGES, Message
from breakout.contract.commands import CancelHelp, ClaimHelp, RequestHelp, ResolveHelp, SendChat
from breakout.errors import Conflict, HelpNotFound, NotInRoom, RoomClosed
from breakout.room import HelpRequest, RoomState, Status
from breakout.room_commands import RecordBroadcast
from breakout.room_decide import decide
from breakout.room_events import HelpClosed, MessageSent
from tests.fakes.rooms import ADA, BO, MOD, NOW, SERVER, by, by_staff, do, room, seat


def asking() -> RoomState:
    return do(room(seat(ADA), seat(BO, 2)), RequestHelp("stuck"), by(ADA, new_id="h1"))


def test_message_goes_to_the_room_of_those_who_sit_there():
    events = decide(room(seat(ADA)), SendChat("hello"), by(ADA))
    assert events == [MessageSent(Message("new", "r1", ADA, "hello", NOW))]


def test_message_from_outside_is_for_staff_alone():
    with pytest.raises(NotInRoom):
        decide(room(), SendChat("hello"), by(ADA))
    assert decide(room(), SendChat("hello"), by_staff())


def test_message_into_a_closed_room_is_rejected():
    with pytest.raises(RoomClosed):
        decide(room(status=Status.CLOSED), SendChat("hello"), by_staff())
    with pytest.raises(RoomClosed):
        decide(room(status=Status.CLOSED), RecordBroadcast("m", MOD, "all", NOW), SERVER)


def test_room_remembers_the_latest_messages_and_keeps_its_revision():
    state = room(seat(ADA))
    for n in range(KEPT_MESSAGES + 3):
        state = do(state, SendChat(str(n)), by(ADA))
    assert [message.text for message in state.messages] == [str(n) for n in range(3, KEPT_MESSAGES + 3)]
    assert state.revision == 1


def test_broadcast_is_among_the_messages_of_the_room():
    state = do(room(), RecordBroadcast("m1", MOD, "five minutes", NOW))
    assert state.messages == (Message("m1", "r1", MOD, "five minutes", NOW),)


def test_help_is_asked_for_once_per_room():
    state = asking()
    assert state.help == HelpRequest("h1", ADA, "stuck", NOW)
    with pytest.raises(Conflict) as refused:
        decide(state, RequestHelp(), by(BO))
    assert refused.value.details == {"helpId": "h1"}


def test_help_without_words_has_no_reason():
    state = do(room(seat(ADA)), RequestHelp(""), by(ADA))
    assert state.help is not None
    assert state.help.reason is None


def test_help_is_for_those_who_sit_in_the_room():
    for command in (RequestHelp(), CancelHelp()):
        with pytest.raises(NotInRoom):
            decide(room(), command, by(ADA))


def test_anybody_in_the_room_may_take_the_request_back():
    state = asking()
    assert decide(state, CancelHelp(), by(BO)) == [HelpClosed(resolved=False)]
    with pytest.raises(HelpNotFound):
        decide(do(state, CancelHelp(), by(BO)), CancelHelp(), by(ADA))


def test_claimed_request_is_refused_to_others_and_unchanged_for_oneself():
    claimed = do(asking(), ClaimHelp("h1"), by_staff())
    assert claimed.help is not None
    assert claimed.help.claimed_by == MOD
    assert decide(claimed, ClaimHelp("h1"), by_staff()) == []
    with pytest.raises(Conflict) as refused:
        decide(claimed, ClaimHelp("h1"), by(BO, staff=True))
    assert refused.value.details == {"claimedBy": "mod"}


def test_resolved_request_is_gone():
    assert do(asking(), ResolveHelp("h1"), by_staff()).help is None


@pytest.mark.parametrize("command", [ClaimHelp("h2"), ResolveHelp("h2")])
def test_request_of_another_id_is_not_found(command):
    with pytest.raises(HelpNotFound):
        decide(asking(), command, by_staff())

