"""Tokens that somebody else made, from a file: one a line, lines that begin with `#` do not count.

Those that may manage are organizers, all others attendees. A token that names its `sessions` is used in those alone.
"""

import math
import time
from collections.abc import Sequence
from pathlib import Path

import jwt
from attrs import frozen

from bench.knobs import KnobRefused
from breakout.permission import Permission
from gateway.claims import Claims, TokenRefused, claims_of

SHOWN_CHARACTERS = 12
"""Of a line that is no token: enough to find it, too little to use it."""


@frozen
class FileToken:
    """One line, and what it says of its holder; nobody checks the signature here, the server will."""

    text: str
    claims: Claims

    @property
    def manages(self) -> bool:
        return Permission.MANAGE.value in self.claims.caller.permissions


@frozen
class FileTokens:
    """Implements `bench.token.Tokens`."""

    tokens: Sequence[FileToken]
    key: bytes = b""

    def organizer(self, session_id: str) -> str:
        """Raises: KnobRefused."""
        found = next((token for token in self.tokens if token.manages and token.claims.good_for(session_id)), None)
        if found is None:
            raise KnobRefused(f"among the tokens is none with {Permission.MANAGE.value} for session {session_id}")
        return found.text

    def attendees(self, sessions: Sequence[str]) -> list[str] | None:
        """Raises: KnobRefused."""
        left = sorted((token for token in self.tokens if not token.manages), key=_choosiness)
        chosen: list[str] = []
        for session_id in sessions:
            at = next((at for at, token in enumerate(left) if token.claims.good_for(session_id)), None)
            if at is None:
                raise KnobRefused(
                    f"the tokens are enough for {len(chosen)} of {len(sessions)} people: add attendees who may enter "
                    f"{session_id}, or lower --people"
                )
            chosen.append(left.pop(at).text)
        return chosen

    def sessions(self, count: int) -> list[str] | None:
        """Those of the organizers."""
        named = [token.claims.sessions for token in self.tokens if token.manages]
        if not named or None in named:
            return None
        return sorted({name for names in named for name in names or ()})[:count]


def _choosiness(token: FileToken) -> float:
    """Those that are good for few sessions are used first."""
    return math.inf if token.claims.sessions is None else len(token.claims.sessions)


def token_file(path: Path) -> FileTokens:
    """Read a file of tokens. Raises: KnobRefused: It cannot be read, or a line is no token, or one that has expired."""
    try:
        lines = [line.strip() for line in path.read_text("ascii").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise KnobRefused(f"cannot read {path}: {error}") from None
    return FileTokens([_token(line, path) for line in lines if line and not line.startswith("#")])


def _token(text: str, path: Path) -> FileToken:
    try:
        return FileToken(text, claims_of(jwt.decode(text, options={"verify_signature": False}), now=time.time()))
    except (jwt.InvalidTokenError, TokenRefused) as error:
        raise KnobRefused(f"{path}: {text[:SHOWN_CHARACTERS]}... cannot be used: {error}") from None
