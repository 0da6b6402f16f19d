import pytest

from breakout.contract.commands import SetCompanion
from breakout.decisions.companions import set_companion
from breakout.errors import Conflict, InvalidData, UserNotFound
from breakout.session import CompanionSet, SessionState
from tests.fakes.rooms import USERS

STATE = SessionState("s1", users=USERS, companions={"cy": "ada"})


def test_companion_is_attached_to_a_person_and_detached():
    assert set_companion(STATE, SetCompanion("bo", "ada")) == [CompanionSet("bo", "ada")]
    assert set_companion(STATE, SetCompanion("cy", None)) == [CompanionSet("cy", None)]


@pytest.mark.parametrize("command", [SetCompanion("cy", "ada"), SetCompanion("bo", None)])
def test_what_is_so_already_changes_nothing(command):
    assert set_companion(STATE, command) == []


@pytest.mark.parametrize("command", [SetCompanion("stranger", "ada"), SetCompanion("ada", "stranger")])
def test_both_must_have_been_in_the_session(command):
    with pytest.raises(UserNotFound) as refused:
        set_companion(STATE, command)
    assert refused.value.details == {"userId": "stranger"}


def test_nobody_accompanies_themselves():
    with pytest.raises(InvalidData):
        set_companion(STATE, SetCompanion("bo", "bo"))


@pytest.mark.parametrize("command", [SetCompanion("bo", "cy"), SetCompanion("ada", "bo")])
def test_companions_form_no_chain(command):
    with pytest.raises(Conflict):
        set_companion(STATE, command)
