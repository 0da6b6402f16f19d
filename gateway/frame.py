"""Ready-made WebSocket frames of a server (RFC 6455, section 5.2): unmasked, final, no extension.

A broadcast is framed once and the same bytes go to every recipient.
"""

import struct

CLOSE_FIRST_BYTE = 0x88
"""FIN and opcode 8: how every Close frame begins."""

_TEXT, _PING = 0x81, 0x89
_MAX_SHORT, _MAX_MEDIUM = 125, 0xFFFF
_MAX_REASON_BYTES = _MAX_SHORT - 2


def text_frame(payload: bytes) -> bytes:
    """`payload`, which must be UTF-8, as one text message."""
    length = len(payload)
    if length <= _MAX_SHORT:
        return bytes((_TEXT, length)) + payload
    if length <= _MAX_MEDIUM:
        return struct.pack("!BBH", _TEXT, 126, length) + payload
    return struct.pack("!BBQ", _TEXT, 127, length) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """A Close frame; a reason beyond 123 bytes of UTF-8 is cut at a character's end."""
    text = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore").encode()
    return struct.pack("!BBH", CLOSE_FIRST_BYTE, 2 + len(text), code) + text


def ping_frame(payload: bytes = b"") -> bytes:
    """A Ping frame.

    Raises:
        ValueError: `payload` is longer than the 125 bytes that a control frame may have.
    """
    if len(payload) > _MAX_SHORT:
        raise ValueError(f"a ping carries at most {_MAX_SHORT} bytes, not {len(payload)}")
    return bytes((_PING, len(payload))) + payload
