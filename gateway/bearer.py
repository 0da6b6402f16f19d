"""Where a request carries its token: the Authorization header, or for browsers an offered subprotocol. Never the URL."""

from collections.abc import Iterable
from typing import Final

from gateway.claims import TokenRefused

PROTOCOL_PREFIX: Final = "bearer."


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The token of a request, not checked yet. The Authorization header wins where there are both.

    Args:
        headers: Names in lower case, as the request head has them.

    Raises:
        TokenRefused: There is none, there is more than one of a kind, or it is not ASCII.
    """
    pairs = list(headers)
    given = [value for name, value in pairs if name == b"authorization"]
    tokens = [_of_header(value) for value in given] or _offered(pairs)
    if not tokens:
        raise TokenRefused("a token is needed: Authorization: Bearer <jwt>, or the subprotocol bearer.<jwt>")
    if len(tokens) > 1:
        raise TokenRefused("there is more than one token")
    return tokens[0]


def _of_header(value: bytes) -> str:
    scheme, _, token = _ascii(value).strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenRefused("the Authorization header must be: Bearer <jwt>")
    return token.strip()


def _offered(pairs: list[tuple[bytes, bytes]]) -> list[str]:
    offers = ",".join(_ascii(value) for name, value in pairs if name == b"sec-websocket-protocol")
    entries = [entry.strip() for entry in offers.split(",")]
    return [entry.removeprefix(PROTOCOL_PREFIX) for entry in entries if entry.startswith(PROTOCOL_PREFIX)]


def _ascii(value: bytes) -> str:
    try:
        return value.decode("ascii")
    except UnicodeDecodeError:
        raise TokenRefused("the token is not ASCII") from None
