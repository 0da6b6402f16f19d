"""Makes tokens and keys for tests, good ones and bad ones."""

import base64
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

SECRET = b"a secret of the tests, longer than 32 bytes"
NOW = 1_790_000_000
"""Seconds since the epoch."""


def make_token(claims: dict[str, Any] | None = None, *, key: Any = SECRET, algorithm: str = "HS256", **header: Any) -> str:
    """A token that is good for an hour from `NOW`; a claim of None is left out."""
    payload = {"sub": "ada", "exp": NOW + 3600, **(claims or {})}
    kept = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers=header or None)


def segment(value: Any) -> str:
    """JSON, or bytes as they are, as one segment of a token."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


class KeyMaker:
    """One private key per algorithm and its entry in a JWKS."""

    def __init__(self) -> None:
        self.rsa = rsa.generate_private_key(65537, 2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.ed = ed25519.Ed25519PrivateKey.generate()

    def private(self, algorithm: str) -> Any:
        return {"RS256": self.rsa, "PS256": self.rsa, "ES256": self.ec, "EdDSA": self.ed}[algorithm]

    def entry(self, algorithm: str, **more: Any) -> dict[str, Any]:
        """The public key as a JWK; `kid` is the algorithm's name unless `more` says otherwise."""
        public = self.private(algorithm).public_key()
        kinds: dict[str, Any] = {"ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}
        jwk: dict[str, Any] = kinds.get(algorithm, RSAAlgorithm).to_jwk(public, as_dict=True)
        jwk.pop("key_ops", None)
        return {**jwk, "kid": algorithm, "alg": algorithm, "use": "sig", **more}

    def pem(self) -> bytes:
        """The RSA public key as everybody may read it."""
        return self.rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def jwks(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"keys": list(entries)}).encode()
