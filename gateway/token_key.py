"""Keys that tokens are checked with, each bound to the one algorithm it is for.

The algorithm comes from the key and never from the token: a token that says HS256 is only ever checked with a secret, so
that nobody signs one with the text of a public key; and `none` is no algorithm of any key.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final

from jwt import PyJWK
from jwt.exceptions import PyJWTError

MIN_RSA_BITS: Final = 2048

ALGORITHMS: Final[Mapping[tuple[str, str | None], tuple[str, ...]]] = {
    ("RSA", None): ("RS256", "PS256"),
    ("EC", "P-256"): ("ES256",),
    ("OKP", "Ed25519"): ("EdDSA",),
}
"""By key type and curve. A symmetric key (`oct`) is not among them: a secret that is published is none."""


def secret_key(secret: bytes) -> PyJWK:
    """A secret as a key for HS256."""
    text = base64.urlsafe_b64encode(secret).rstrip(b"=").decode("ascii")
    return PyJWK({"kty": "oct", "k": text}, algorithm="HS256")


def public_keys(published: Mapping[str, Any]) -> list[PyJWK]:
    """The keys that one entry of a JWKS is good for: an RSA key that names no algorithm serves two; none where it is not for us.

    Entries for encryption, of unknown kinds, broken ones and short RSA keys are left out, as RFC 7517 section 5 asks.
    """
    if published.get("use", "sig") != "sig" or "d" in published:
        return []
    curve = published.get("crv")
    algorithms = ALGORITHMS.get((str(published.get("kty")), None if curve is None else str(curve)), ())
    named = published.get("alg")
    keys = [_public_key(published, algorithm) for algorithm in algorithms if named in (None, algorithm)]
    return [key for key in keys if key is not None]


def _public_key(published: Mapping[str, Any], algorithm: str) -> PyJWK | None:
    try:
        key = PyJWK(dict(published), algorithm=algorithm)
    except (PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return key if getattr(key.key, "key_size", MIN_RSA_BITS) >= MIN_RSA_BITS or algorithm == "ES256" else None
