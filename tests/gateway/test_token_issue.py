"""Tokens that the server makes are tokens that the server takes."""

import pytest

from gateway.claims import TokenRefused
from gateway.settings import Settings
from gateway.start_refused import StartRefused
from gateway.token import TokenVerifier
from gateway.token_issue import Person, issue_token
from tests.fakes.token_maker import NOW, SECRET

SETTINGS = Settings(token_issuer="us", token_audience="breakout")
VERIFIER = TokenVerifier([SECRET], issuer="us", audience="breakout")


def issued(person, **more):
    return issue_token(person, SETTINGS, SECRET, now=NOW, **more)


def test_issued_token_says_everything_that_was_given():
    person = Person(
        user_id="ada",
        given_name="Ada",
        family_name="King",
        roles=("MODERATOR",),
        permissions=("breakout:operate",),
        sessions=("s1",),
        event_id="e1",
    )
    claims = VERIFIER.verify(issued(person), now=NOW)
    user = claims.caller.user
    assert (user.id, user.first_name, user.last_name) == ("ada", "Ada", "King")
    assert claims.caller.permissions == {"breakout:join", "breakout:manage", "breakout:operate"}
    assert (claims.sessions, claims.event_id) == (frozenset({"s1"}), "e1")


def test_issued_token_is_good_for_any_session_for_half_a_day_when_nothing_else_is_said():
    claims = VERIFIER.verify(issued(Person(user_id="ada")), now=NOW)
    assert (claims.sessions, claims.expires_at) == (None, (NOW + 12 * 3600) * 1000)


def test_issued_token_has_expired_when_its_lifetime_is_negative():
    with pytest.raises(TokenRefused, match="expired"):
        VERIFIER.verify(issued(Person(user_id="ada"), lifetime_seconds=-60), now=NOW)


@pytest.mark.parametrize(
    ("person", "more", "reason"),
    [
        (Person(user_id=""), {}, "sub"),
        (Person(user_id="x" * 129), {}, "sub"),
        (Person(user_id="a\nb"), {}, "sub"),
        (Person(user_id="ada", event_id="e" * 65), {}, "event_id"),
        (Person(user_id="ada", roles=["R" * 9000]), {}, "longer"),
        (Person(user_id="ada"), {"lifetime_seconds": 10**12}, "exp"),
    ],
)
def test_token_is_not_issued_when_the_server_would_never_take_it(person, more, reason):
    with pytest.raises(StartRefused, match=reason):
        issued(person, **more)
