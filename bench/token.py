"""Tokens for the people of a scenario, signed with the key of the server under load."""

import time

from gateway.settings import Settings
from gateway.token_issue import Person, issue_token

LIFETIME_SECONDS = 4 * 3600

_ANY = Settings()


def staff_token(key: bytes, user_id: str = "staff") -> str:
    return _token(Person(user_id=user_id, given_name="Sam", family_name="Staff", roles=["OWNER"]), key)


def attendee_token(key: bytes, number: int) -> str:
    person = Person(user_id=f"p{number}", given_name=f"Given{number}", family_name=f"Family{number}", roles=["ATTENDEE"])
    return _token(person, key)


def _token(person: Person, key: bytes) -> str:
    return issue_token(person, _ANY, key, now=time.time(), lifetime_seconds=LIFETIME_SECONDS)
