"""What a token says, once its signature is good."""

import math
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from breakout.identity import Caller, User
from breakout.permission import permissions_of

MAX_ID_LENGTH: Final = 128
MAX_EVENT_ID_LENGTH: Final = 64
MAX_NAME_LENGTH: Final = 100
LATEST_EXPIRY_SECONDS: Final = 100_000_000_000
"""In the year 5138. What lies beyond it is milliseconds by mistake, and would be a token that never ends."""

NBF_LEEWAY_SECONDS: Final = 30
"""Clocks of identity providers are ahead by seconds, not by minutes. An expiry has no leeway: it errs to the safe side."""

ANY_SESSION: Final = "*"


class TokenRefused(Exception):
    """The token is not good. Answered with 401; nothing about the user is known.

    Attributes:
        reason: For logs and for whoever holds the token; it repeats nothing of the token but its kind and its algorithm.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeysMissing(TokenRefused):
    """The keys that the token would be checked with are not there yet. Answered with 503: it may be good."""


@frozen
class Claims:
    """A user for whom somebody vouched.

    Attributes:
        sessions: The sessions that the token is good for; None is any.
        event_id: The event that the user's rooms belong to where a command does not say.
        expires_at: When an open connection ends; milliseconds since the epoch.
    """

    caller: Caller
    sessions: frozenset[str] | None
    event_id: str | None
    expires_at: int

    def good_for(self, session_id: str) -> bool:
        """Whether the token lets its user into this session. Permissions are another matter."""
        return self.sessions is None or session_id in self.sessions


def claims_of(payload: Mapping[str, Any], *, now: float) -> Claims:
    """The claims of a token that is valid at `now` (seconds since the epoch).

    Raises:
        TokenRefused: A claim that must be there is missing, one has a wrong form, or the time is not right.
    """
    expiry = _expiry(payload, now)
    _require_begun(payload, now)
    user = User(_id(payload.get("sub"), "sub", MAX_ID_LENGTH), _name(payload, "given_name"), _name(payload, "family_name"))
    event_id = payload.get("event_id")
    return Claims(
        caller=Caller(user, permissions_of(_strings(payload, "roles"), _strings(payload, "permissions"))),
        sessions=_sessions(payload),
        event_id=None if event_id is None else _id(event_id, "event_id", MAX_EVENT_ID_LENGTH),
        expires_at=int(expiry * 1000),
    )


def _expiry(payload: Mapping[str, Any], now: float) -> float:
    if "exp" not in payload:
        raise TokenRefused("the token has no exp")
    expiry = _seconds(payload["exp"], "exp")
    if expiry <= now:
        raise TokenRefused("the token has expired")
    if expiry > LATEST_EXPIRY_SECONDS:
        raise TokenRefused("the token's exp must be in seconds")
    return expiry


def _require_begun(payload: Mapping[str, Any], now: float) -> None:
    begins = payload.get("nbf")
    if begins is not None and _seconds(begins, "nbf") > now + NBF_LEEWAY_SECONDS:
        raise TokenRefused("the token is not valid yet")


def _seconds(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TokenRefused(f"the token's {name} must be a number of seconds")
    return value


def _id(value: Any, name: str, max_length: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= max_length:
        raise TokenRefused(f"the token's {name} must be a string of 1 to {max_length} characters")
    if not value.isprintable() and any(_is_control(character) for character in value):
        raise TokenRefused(f"the token's {name} has control characters")
    return value


def _name(payload: Mapping[str, Any], claim: str) -> str:
    """A name for people: controls and runs of white space become one space, and it ends after 100 characters."""
    value = payload.get(claim)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TokenRefused(f"the token's {claim} must be a string")
    if not value.isprintable():
        value = "".join(" " if _is_control(character) else character for character in value)
    return " ".join(value.split())[:MAX_NAME_LENGTH].rstrip()


def _strings(payload: Mapping[str, Any], claim: str) -> list[str]:
    values = payload.get(claim)
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TokenRefused(f"the token's {claim} must be a list of strings")
    return values


def _sessions(payload: Mapping[str, Any]) -> frozenset[str] | None:
    if payload.get("sessions") in (None, ANY_SESSION):
        return None
    sessions = frozenset(_strings(payload, "sessions"))
    return None if ANY_SESSION in sessions else sessions


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
