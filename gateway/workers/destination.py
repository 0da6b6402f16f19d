"""Where a connection is to go, by the head of its first request. Pure, and as the worker reads the same bytes later.

What is malformed goes to any worker, which refuses it as it would had it accepted it.
"""

import re
from enum import Enum
from typing import Final

from attrs import frozen

from gateway.head import RequestHead, RequestRefused

HEAD_END: Final = re.compile(rb"\n\r?\n")
"""As h11 finds it."""

NOT_HTTP: Final = re.compile(rb"[^\r\n]*[^\x20-\x7e\r\n]|\r?\n")
"""No rest of a head makes a request of what begins like this."""

OF_SESSION: Final = re.compile(r"/(?:ws|api/sessions)/([^/\x00-\x1f\x7f]{1,64})(?:/|\Z)")

OF_FRONT: Final = re.compile(r"/(?:healthz|readyz|metrics|api/admin/.*|api/events/.*)\Z", re.DOTALL)


class Role(Enum):
    """Who answers a request that belongs to no session."""

    FRONT = "front"
    ANYBODY = "anybody"


@frozen
class Destination:
    """Attributes: to: The session's id, whose owner is to have the connection, or a role. head: None where it is malformed."""

    to: str | Role
    head: RequestHead | None


def complete(data: bytes, max_bytes: int) -> bool:
    """Whether `data`, the beginning of a connection, says all that there is to know: a head, no HTTP, or too much."""
    return HEAD_END.search(data) is not None or len(data) >= max_bytes or NOT_HTTP.match(data) is not None


def destination(data: bytes) -> Destination:
    """Where a connection that begins with `data` is to go."""
    try:
        head = _head(data)
    except (RequestRefused, ValueError):
        return Destination(Role.ANYBODY, None)
    session_id = session_of(head.path)
    if session_id is not None:
        return Destination(session_id, head)
    return Destination(Role.FRONT if OF_FRONT.match(head.path) else Role.ANYBODY, head)


def session_of(path: str) -> str | None:
    """The session that a decoded path belongs to; None where it belongs to none, or not to one alone."""
    found = OF_SESSION.match(path)
    return found.group(1) if found else None


def _head(data: bytes) -> RequestHead:
    """Raises: ValueError, RequestRefused: It is none."""
    request_line, *lines = HEAD_END.split(data, maxsplit=1)[0].replace(b"\r\n", b"\n").split(b"\n")
    method, target, version = request_line.split(b" ")
    if not version.startswith(b"HTTP/"):
        raise ValueError
    fields = [line.split(b":", 1) for line in lines]
    headers = [(name, value.strip(b" \t")) for name, value in fields]
    return RequestHead(method.decode("ascii"), target, version.removeprefix(b"HTTP/").decode("ascii"), headers)
