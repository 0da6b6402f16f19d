"""WebSocket frames as a client writes and reads them, in as few operations as Python allows.

Frames are masked with zeros: valid by RFC 6455, and the payload goes out as it is. The server unmasks them all the same.
"""

import struct

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
_MASKED = 0x80
_NO_MASK = bytes(4)
SHOWN_BYTES = 300

Frame = tuple[int, bytes]
"""First byte and payload."""


def client_frame(payload: bytes, first_byte: int = TEXT) -> bytes:
    """One masked frame. Raises: ValueError: `payload` has more than 65,535 bytes."""
    length = len(payload)
    if length < 126:
        return bytes((first_byte, _MASKED | length)) + _NO_MASK + payload
    if length > 0xFFFF:
        raise ValueError(f"a frame of the bench carries at most 65,535 bytes, not {length}")
    return struct.pack("!BBH", first_byte, _MASKED | 126, length) + _NO_MASK + payload


def frame_span(data: bytes, at: int) -> tuple[int, int]:
    """Where the payload of the frame that begins at `at` starts and ends; beyond `data` where it is not all there."""
    size = len(data)
    if at + 2 > size:
        return size + 1, size + 1
    length, start = data[at + 1], at + 2
    if length == 126:
        start, length = at + 4, int.from_bytes(data[at + 2 : at + 4], "big")
    elif length == 127:
        start, length = at + 10, int.from_bytes(data[at + 2 : at + 10], "big")
    return (start, start + length) if start <= size else (size + 1, size + 1)


def split_frames(data: bytes) -> tuple[list[Frame], bytes]:
    """The complete frames at the head of `data`, which a server sent, and what is left."""
    frames: list[Frame] = []
    at, size = 0, len(data)
    while at < size:
        start, end = frame_span(data, at)
        if end > size:
            break
        frames.append((data[at], data[start:end]))
        at = end
    return frames, data[at:]


def refusal(head: bytes, body: bytes) -> str:
    """What a server that did not accept a handshake said, for people."""
    status = head.split(b"\r\n")[0].removeprefix(b"HTTP/1.1 ").decode("latin-1").strip()
    return f"the server refused a connection: {status} {body[:SHOWN_BYTES].decode('latin-1')}".rstrip()


def upgrade_request(host: str, path: str, subprotocol: str | None = None, token: str | None = None) -> bytes:
    """The head of a handshake. The key is always the same: nobody guards against anybody here."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    if subprotocol is not None:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join((*lines, "", "")).encode("ascii")
