"""Tokens: is this JWT signed by somebody we believe, and what does it say?

Checking is synchronous and touches neither network nor disk, so a join storm costs one signature each. The order is from
cheap to dear: length, form, header, key, signature, claims; whatever has no good signature is not looked into.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import orjson
from jwt import PyJWK
from jwt.exceptions import PyJWTError
from jwt.utils import base64url_decode

from gateway.claims import Claims, KeysMissing, TokenRefused, claims_of
from gateway.jwks import PublishedKeys, published_keys
from gateway.settings import Settings
from gateway.signing_key import checking_keys
from gateway.token_key import secret_key

MAX_TOKEN_BYTES: Final = 8 * 1024
"""What fits into the head of a request."""

HMAC_ALGORITHM: Final = "HS256"
PUBLISHED_ALGORITHMS: Final = frozenset({"RS256", "PS256", "ES256", "EdDSA"})


class TokenVerifier:
    """Checks tokens against the secrets and the published keys of this server.

    Attributes:
        published: The identity provider's keys; None where only secrets are used. Begin to read them before the first token.
    """

    def __init__(
        self,
        secrets: Sequence[bytes],
        published: PublishedKeys | None = None,
        *,
        issuer: str | None = None,
        audience: str | None = None,
    ) -> None:
        self.published = published
        self._secret_keys = [secret_key(secret) for secret in secrets]
        self._issuer = issuer
        self._audience = audience

    @property
    def keys_known(self) -> bool:
        """Whether every token can be checked; false until an identity provider was reached."""
        return self.published is None or self.published.known

    def verify(self, token: str, *, now: float) -> Claims:
        """What `token` says, if it is good at `now` (seconds since the epoch).

        Raises:
            TokenRefused: It is too long, malformed, not signed by a key of ours, out of its time, or not meant for us.
            KeysMissing: The identity provider was not reached yet.
        """
        if len(token) > MAX_TOKEN_BYTES:
            raise TokenRefused("the token is too long")
        if token.count(".") != 2 or not token.isascii():
            raise TokenRefused("the token is not a JWT")
        payload = self._payload(token)
        self._require_meant_for_us(payload)
        return claims_of(payload, now=now)

    def _payload(self, token: str) -> dict[str, Any]:
        algorithm, key_id = _header(token[: token.index(".")])
        for key in self._keys(algorithm, key_id):
            signed = self._signed(token, key)
            if signed is not None:
                return _json_object(signed, "payload")
        raise TokenRefused("the token is not signed by a key of this server")

    def _keys(self, algorithm: str, key_id: str | None) -> Sequence[PyJWK]:
        if algorithm == HMAC_ALGORITHM:
            return self._secret_keys
        if algorithm not in PUBLISHED_ALGORITHMS:
            raise TokenRefused("the token's algorithm is not accepted")
        if self.published is None:
            return []
        if not self.published.known:
            raise KeysMissing("the keys of the identity provider are not read yet; try again soon")
        key = self.published.find(algorithm, key_id)
        return [key] if key is not None else []

    def _signed(self, token: str, key: PyJWK) -> bytes | None:
        """The payload, or None where `key` did not sign it.

        The library's algorithm is called with the key that was prepared at the start; `PyJWS.decode_complete` prepares it, and
        reads the header, for every token anew, which costs four times the signature.
        """
        signing_input, _, signature = token.rpartition(".")
        try:
            payload = base64url_decode(signing_input.partition(".")[2])
            signed = key.Algorithm.verify(signing_input.encode("ascii"), key.key, base64url_decode(signature))
        except (PyJWTError, ValueError):
            return None
        return payload if signed else None

    def _require_meant_for_us(self, payload: dict[str, Any]) -> None:
        if self._issuer is not None and payload.get("iss") != self._issuer:
            raise TokenRefused("the token has another issuer")
        if self._audience is None:
            return
        audience = payload.get("aud")
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise TokenRefused("the token is for another audience")


def token_verifier(settings: Settings) -> TokenVerifier:
    """The verifier that the settings ask for; its published keys are not loaded yet.

    Raises:
        KeyRefused: A secret cannot be read or is not fit, or there is no key at all.
    """
    return TokenVerifier(
        checking_keys(settings),
        published_keys(settings),
        issuer=settings.token_issuer,
        audience=settings.token_audience,
    )


@lru_cache(maxsize=64)
def _header(segment: str) -> tuple[str, str | None]:
    """Algorithm and key id. All tokens of one issuer have the same header, so it is read once."""
    try:
        header = _json_object(base64url_decode(segment), "header")
    except ValueError:
        raise TokenRefused("the token is not a JWT") from None
    if "crit" in header or "b64" in header:
        raise TokenRefused("the token's header asks for an extension that is not known here")
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or not isinstance(key_id, str | None):
        raise TokenRefused("the token is not a JWT")
    return algorithm, key_id


def _json_object(text: bytes, part: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise TokenRefused(f"the token's {part} is not a JSON object")
    return value
