"""The WebSocket handshake: checked and answered here, before trio-websocket sees a byte of the connection.

trio-websocket and wsproto decode headers as ASCII and fail with exceptions of their own where that does not work, and
they accept what RFC 6455 section 4.2.1 forbids. They are given the connection once it is open: neither the head nor the token nor
an extension's offer reaches them.
"""

import binascii
from base64 import b64decode

from wsproto.utilities import generate_accept_token

from gateway.head import RequestHead, RequestRefused

PREFIX = "/ws/"
SUBPROTOCOL = "breakout.v1"
VERSION = b"13"

_SINGLE = (
    b"host",
    b"upgrade",
    b"connection",
    b"sec-websocket-key",
    b"sec-websocket-version",
    b"origin",
    b"authorization",
)
_UPGRADE_REQUIRED = {"Upgrade": "websocket", "Sec-WebSocket-Version": VERSION.decode()}


def is_websocket_path(head: RequestHead) -> bool:
    return head.path.startswith(PREFIX)


def check_handshake(head: RequestHead) -> None:
    """See that `head`, whose path is a WebSocket's, is a handshake as RFC 6455 wants it.

    Raises:
        RequestRefused: 426, no `Upgrade: websocket`, or another version of the protocol. 400 for everything else.
    """
    if [element.lower() for element in head.elements(b"upgrade")] != [b"websocket"]:
        raise RequestRefused(426, "this path speaks WebSocket only", _UPGRADE_REQUIRED)
    for complaint in (_message_complaint(head), _header_complaint(head)):
        if complaint:
            raise RequestRefused(400, complaint)
    if head.value(b"sec-websocket-version") != VERSION:
        raise RequestRefused(426, "only version 13 of the WebSocket protocol is spoken", _UPGRADE_REQUIRED)


def offered_subprotocols(head: RequestHead) -> list[str]:
    """What the client offers, in its order; a checked handshake is ASCII."""
    return [element.decode("ascii") for element in head.elements(b"sec-websocket-protocol")]


def selected_subprotocol(head: RequestHead) -> str | None:
    """`breakout.v1` where it is offered, None for a client that offers no protocol at all.

    Raises:
        RequestRefused: 400, protocols are offered but not ours.
    """
    offered = offered_subprotocols(head)
    if SUBPROTOCOL in offered:
        return SUBPROTOCOL
    if any(not name.startswith("bearer.") for name in offered):
        raise RequestRefused(400, f"the subprotocol must be {SUBPROTOCOL}")
    return None


def switching_protocols(head: RequestHead, subprotocol: str | None) -> bytes:
    """The response that accepts a checked handshake; nothing of what the client sent is in it but its key, as RFC 6455 wants."""
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + generate_accept_token(head.value(b"sec-websocket-key") or b""),
    ]
    if subprotocol is not None:
        lines.append(b"Sec-WebSocket-Protocol: " + subprotocol.encode("ascii"))
    return b"\r\n".join((*lines, b"", b""))


def _message_complaint(head: RequestHead) -> str | None:
    if head.method != "GET":
        return "a WebSocket handshake is a GET"
    if head.http_version != "1.1":
        return "a WebSocket handshake needs HTTP/1.1"
    if head.values(b"content-length") or head.values(b"transfer-encoding"):
        return "a WebSocket handshake has no body"
    return None


def _header_complaint(head: RequestHead) -> str | None:
    if any(not value.isascii() for _, value in head.headers):
        return "a header is not ASCII"
    for name in _SINGLE:
        if len(head.values(name)) > 1:
            return f"the header {name.decode()} comes more than once"
    if b"upgrade" not in (element.lower() for element in head.elements(b"connection")):
        return "the header connection does not say upgrade"
    if head.value(b"sec-websocket-version") is None:
        return "the header sec-websocket-version is missing"
    if not _is_key(head.value(b"sec-websocket-key")):
        return "the header sec-websocket-key is not 16 bytes in base64"
    return None


def _is_key(value: bytes | None) -> bool:
    try:
        return value is not None and len(value) == 24 and len(b64decode(value, validate=True)) == 16
    except binascii.Error:
        return False
