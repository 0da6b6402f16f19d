"""Makes tokens with the server's own secret: for development, tests, the bench and small installations."""

from collections.abc import Sequence

import jwt
from attrs import frozen

from gateway.claims import TokenRefused, claims_of
from gateway.settings import Settings
from gateway.start_refused import StartRefused
from gateway.token import HMAC_ALGORITHM, MAX_TOKEN_BYTES

DEFAULT_LIFETIME_SECONDS = 12 * 3600
"""A day's work."""


@frozen(kw_only=True)
class Person:
    """Whom a token is for; an empty `sessions` is any session."""

    user_id: str
    given_name: str | None = None
    family_name: str | None = None
    roles: Sequence[str] = ()
    permissions: Sequence[str] = ()
    sessions: Sequence[str] = ()
    event_id: str | None = None


def issue_token(
    person: Person, settings: Settings, key: bytes, *, now: float, lifetime_seconds: int = DEFAULT_LIFETIME_SECONDS
) -> str:
    """A token signed with `key`, for the issuer and audience that the settings ask for.

    Args:
        person: What it says.
        settings: Of the server that is to accept it.
        key: As `signing_key.signing_key` gives it.
        now: Seconds since the epoch.
        lifetime_seconds: From `now`; negative makes a token that has expired, for trying that out.

    Raises:
        StartRefused: The server would not accept such a token at any time.
    """
    claims = _claims(person, settings, now)
    try:
        claims_of({**claims, "exp": now + 1}, now=now)
        claims_of({**claims, "exp": now + lifetime_seconds}, now=min(now, now + lifetime_seconds - 1))
    except TokenRefused as refused:
        raise StartRefused(f"no server would accept it: {refused.reason}") from None
    token = jwt.encode({**claims, "exp": int(now) + lifetime_seconds}, key, algorithm=HMAC_ALGORITHM)
    if len(token) > MAX_TOKEN_BYTES:
        raise StartRefused(f"no server would accept it: the token would be longer than {MAX_TOKEN_BYTES} bytes")
    return token


def _claims(person: Person, settings: Settings, now: float) -> dict[str, object]:
    """All but the expiry; what is not given is left out."""
    claims = {
        "sub": person.user_id,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "roles": list(person.roles),
        "permissions": list(person.permissions),
        "sessions": list(person.sessions),
        "event_id": person.event_id,
        "iss": settings.token_issuer,
        "aud": settings.token_audience,
        "iat": int(now),
    }
    return {name: value for name, value in claims.items() if value not in (None, [])}
