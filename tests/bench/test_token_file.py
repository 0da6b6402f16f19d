import time

import pytest

from bench.knobs import KnobRefused
from bench.token_file import token_file
from gateway.settings import Settings
from gateway.token_issue import Person, issue_token

KEY = b"k" * 48


def token(user, role="ATTENDEE", *sessions, at=0):
    person = Person(user_id=user, roles=[role], sessions=sessions)
    return issue_token(person, Settings(), KEY, now=time.time() + at, lifetime_seconds=600)


@pytest.fixture
def read(tmp_path):
    def read(*lines):
        (tmp_path / "tokens").write_text("\n".join(lines))
        return token_file(tmp_path / "tokens")

    return read


def test_those_who_may_manage_are_the_organizers(read):
    organizer, attendee = token("o", "OWNER"), token("a")
    tokens = read("# who", "", f"  {attendee} ", organizer)
    assert tokens.organizer("s") == organizer
    assert tokens.attendees(["s"]) == [attendee]


def test_tokens_for_few_sessions_are_used_first(read):
    anywhere, only_b = token("x"), token("y", "ATTENDEE", "b")
    assert read(anywhere, only_b).attendees(["b", "a"]) == [only_b, anywhere]


def test_too_few_attendees_are_refused_with_what_is_missing(read):
    with pytest.raises(KnobRefused, match="enough for 1 of 2 people: add attendees who may enter b"):
        read(token("x"), token("o", "OWNER")).attendees(["a", "b"])


def test_sessions_are_those_that_an_organizer_may_enter(read):
    tokens = read(token("o", "OWNER", "b"), token("p", "ADMIN", "a", "b"), token("x", "ATTENDEE", "c"))
    assert tokens.sessions(9) == ["a", "b"]
    assert tokens.sessions(1) == ["a"]
    assert read(token("o", "OWNER"), token("p", "OWNER", "a")).sessions(9) is None


def test_session_without_an_organizer_is_refused(read):
    with pytest.raises(KnobRefused, match="breakout:manage for session z"):
        read(token("o", "OWNER", "b")).organizer("z")


def test_line_that_is_no_token_is_refused_without_repeating_it(read):
    with pytest.raises(KnobRefused, match=r"this-is-not-\.\.\. cannot be used") as caught:
        read("this-is-not-a-token-but-something-secret")
    assert "secret" not in str(caught.value)


def test_token_that_has_expired_is_refused(read):
    with pytest.raises(KnobRefused, match="expired"):
        read(token("x", at=-1000))


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(KnobRefused, match="cannot read"):
        token_file(tmp_path / "none")
