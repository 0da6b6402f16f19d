"""Tokens for the people of a scenario, signed with the key of the server under load."""

import time
from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from gateway.settings import Settings
from gateway.token_issue import Person, issue_token

LIFETIME_SECONDS = 4 * 3600

_ANY = Settings()


class Tokens(Protocol):
    """Where a run has its tokens from."""

    @property
    def key(self) -> bytes:
        """What signs more of them; empty where nobody here can."""
        ...

    def organizer(self, session_id: str) -> str:
        """Of somebody who may manage this session. Raises: KnobRefused: There is none."""
        ...

    def attendees(self, sessions: Sequence[str]) -> list[str] | None:
        """One for each person, who goes to the session at their place of the list; None: whoever needs one signs it.

        Raises:
            KnobRefused: There are not enough.
        """
        ...

    def sessions(self, count: int) -> list[str] | None:
        """At most so many sessions that the tokens are good for; None: for any."""
        ...


@frozen
class SignedTokens:
    """Made as they are needed, good for any session."""

    key: bytes

    def organizer(self, session_id: str) -> str:
        return staff_token(self.key)

    def attendees(self, sessions: Sequence[str]) -> list[str] | None:
        return None

    def sessions(self, count: int) -> list[str] | None:
        return None


def staff_token(key: bytes, user_id: str = "staff") -> str:
    return _token(Person(user_id=user_id, given_name="Sam", family_name="Staff", roles=["OWNER"]), key)


def attendee_token(key: bytes, number: int) -> str:
    person = Person(user_id=f"p{number}", given_name=f"Given{number}", family_name=f"Family{number}", roles=["ATTENDEE"])
    return _token(person, key)


def _token(person: Person, key: bytes) -> str:
    return issue_token(person, _ANY, key, now=time.time(), lifetime_seconds=LIFETIME_SECONDS)
