"""What a signed payload may say."""

import pytest
from attrs.exceptions import FrozenInstanceError

from breakout.permission import Permission
from gateway.claims import TokenRefused, claims_of

NOW = 1_790_000_000
GOOD = {"sub": "ada", "exp": NOW + 60}


def claims(**more):
    return claims_of({**GOOD, **more}, now=NOW)


def test_claims_are_those_of_an_attendee_when_the_token_says_only_who_and_until_when():
    found = claims()
    assert (found.caller.user.id, found.caller.user.first_name, found.caller.user.last_name) == ("ada", "", "")
    assert found.caller.permissions == {"breakout:join"}
    assert (found.sessions, found.event_id, found.expires_at) == (None, None, (NOW + 60) * 1000)


def test_claims_are_frozen():
    with pytest.raises(FrozenInstanceError):
        claims().event_id = "other"


@pytest.mark.parametrize("role", ["OWNER", "ADMIN", "MODERATOR"])
def test_caller_is_staff_when_a_role_says_so(role):
    assert claims(roles=["ATTENDEE", role]).caller.staff


@pytest.mark.parametrize("roles", [["ATTENDEE"], ["owner"], [], None])
def test_caller_is_no_staff_without_such_a_role(roles):
    assert not claims(roles=roles).caller.staff


def test_permissions_are_added_to_those_of_the_roles():
    caller = claims(roles=["ATTENDEE"], permissions=["breakout:operate"]).caller
    assert caller.may(Permission.OPERATE)
    assert caller.may(Permission.JOIN)
    assert not caller.may(Permission.MANAGE)


@pytest.mark.parametrize("sessions", [None, "*", ["*"], ["s1", "*"]])
def test_token_is_good_for_any_session_without_a_list(sessions):
    assert claims(sessions=sessions).good_for("anything")


def test_token_is_good_for_the_sessions_it_lists_only():
    found = claims(sessions=["s1", "s2"])
    assert found.good_for("s2")
    assert not found.good_for("s3")


def test_token_is_good_for_no_session_when_the_list_is_empty():
    assert not claims(sessions=[]).good_for("s1")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  Ada\tKing \n", "Ada King"),
        ("A\x00d\x1b[31ma", "A d [31ma"),
        ("one\u2028two\x85three", "one two three"),
        ("x" * 100_000, "x" * 100),
        ("x" * 99 + " yz", "x" * 99),
        ("<script>", "<script>"),
        ("Zoë 🦆", "Zoë 🦆"),
        (None, ""),
    ],
)
def test_names_are_cleaned_and_cut(name, shown):
    found = claims(given_name=name, family_name=name).caller.user
    assert (found.first_name, found.last_name) == (shown, shown)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sub": None},
        {"sub": 7},
        {"sub": ""},
        {"sub": ["ada"]},
        {"sub": "x" * 129},
        {"sub": "a\nb"},
        {"sub": "a\x00"},
        {"sub": "a\x9b"},
        {"sub": "\ud800"},
        {"exp": None},
        {"exp": True},
        {"exp": str(NOW + 60)},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": NOW},
        {"exp": NOW - 1},
        {"exp": 0},
        {"exp": (NOW + 60) * 1000},
        {"nbf": NOW + 31},
        {"nbf": "now"},
        {"nbf": True},
        {"given_name": 7},
        {"family_name": ["King"]},
        {"roles": "OWNER"},
        {"roles": {"OWNER": True}},
        {"roles": [["OWNER"]]},
        {"permissions": [1]},
        {"permissions": "breakout:manage"},
        {"sessions": "s1"},
        {"sessions": [None]},
        {"sessions": {}},
        {"event_id": ""},
        {"event_id": 5},
        {"event_id": "e" * 65},
    ],
    ids=str,
)
def test_claims_are_refused_when_one_has_a_wrong_form(wrong):
    with pytest.raises(TokenRefused):
        claims(**wrong)


def test_claims_are_refused_without_an_expiry():
    with pytest.raises(TokenRefused, match="no exp"):
        claims_of({"sub": "ada"}, now=NOW)


@pytest.mark.parametrize(
    "right",
    [{"sub": "x" * 128}, {"exp": NOW + 0.5}, {"nbf": NOW + 30}, {"nbf": None}, {"event_id": "e" * 64}],
)
def test_claims_are_taken_at_their_bounds(right):
    assert claims(**right).expires_at > NOW * 1000
