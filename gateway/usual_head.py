"""The head of a WebSocket handshake as nearly every client sends it, read in one step.

h11 takes a head apart line by line and keeps what it needs for bodies, responses and further requests: of a join that is 7 %, and a
handshake has none of these. So a head that is whole, plain and for a WebSocket's path is read here. h11 judges all others, and what
is read here is what it would have read.
"""

import re
from typing import Final

from gateway.handshake import PREFIX
from gateway.head import RequestHead

_NAME: Final = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+"
_VALUE: Final = rb"[!-~](?:[\t -~]*[!-~])?"
_HEAD: Final = re.compile(rb"GET (%s[!-~]*) HTTP/1\.1\r\n((?:%s:[ \t]*%s[ \t]*\r\n)+)\r\n" % (PREFIX.encode(), _NAME, _VALUE))
_FIELDS: Final = re.compile(rb"(%s):[ \t]*(%s)" % (_NAME, _VALUE))
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})


def usual_head(data: bytes, max_bytes: int) -> tuple[RequestHead, bytes] | None:
    """The head that `data` begins with, and what is behind it; None where it is for h11 to look at.

    Raises:
        RequestRefused: 400, see `RequestHead`.
    """
    found = _HEAD.match(data)
    if found is None or found.end() > max_bytes:
        return None
    head = RequestHead("GET", found.group(1), "1.1", _FIELDS.findall(found.group(2)))
    if len(head.values(b"host")) != 1 or any(head.values(name) for name in _FRAMING):
        return None
    return head, data[found.end() :]
