"""What is read in one step is what h11 would have read."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.head import RequestHead
from gateway.usual_head import usual_head

MAX_BYTES = 8 * 1024
LINES = (
    b"Host: x",
    b"Upgrade: websocket",
    b"Connection: keep-alive, Upgrade",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Protocol:breakout.v1,\tbearer.a.b.c \t",
)
PIECES = (b"", b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b",", b"\x00", b"\xe9", b"\r\n ", *LINES)
USUAL = b"GET /ws/demo?a=b HTTP/1.1\r\n" + b"\r\n".join(LINES) + b"\r\n\r\n"


def of_h11(data: bytes) -> tuple[RequestHead, bytes]:
    http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_BYTES)
    http.receive_data(data)
    request = http.next_event()
    assert isinstance(request, h11.Request)
    head = RequestHead(request.method.decode(), request.target, request.http_version.decode(), request.headers)
    return head, http.trailing_data[0]


def test_whole_head_is_read_with_what_is_behind_it() -> None:
    read = usual_head(USUAL + b"\x81\x80", MAX_BYTES)
    assert read == of_h11(USUAL + b"\x81\x80")
    assert read is not None
    assert read[0].values(b"sec-websocket-protocol") == [b"breakout.v1,\tbearer.a.b.c"]
    assert read[1] == b"\x81\x80"


@pytest.mark.parametrize(
    "data",
    [
        USUAL[:-1],
        USUAL[:-2],
        b"\r\n" + USUAL,
        USUAL.replace(b"\r\n", b"\n"),
        USUAL.replace(b"GET", b"POST"),
        USUAL.replace(b"/ws/", b"/s/"),
        USUAL.replace(b"/ws/", b"http://x/ws/"),
        USUAL.replace(b"HTTP/1.1", b"HTTP/1.0"),
        USUAL.replace(b"demo", b"d mo"),
        USUAL.replace(b"demo", b"d\xc3\xa9mo"),
        USUAL.replace(b"Host: x\r\n", b""),
        USUAL.replace(b"Host: x", b"Host: x\r\nHost: x"),
        USUAL.replace(b"Host: x", b"Host : x"),
        USUAL.replace(b"Host: x", b"Host: x\r\n folded"),
        USUAL.replace(b"Host: x", b"Host: x\r\nX: a\x00b"),
        USUAL.replace(b"Host: x", b"Host: x\r\nX: \xc3\xa9"),
        USUAL.replace(b"Host: x", b"Host: x\r\nX:"),
        USUAL.replace(b"Host: x", b"Host: x\r\nContent-Length: 0"),
        USUAL.replace(b"Host: x", b"Host: x\r\nTransfer-Encoding: chunked"),
        USUAL.replace(b"Host: x", b"Host: " + b"x" * MAX_BYTES),
    ],
)
def test_head_that_is_cut_or_unusual_is_left_to_h11(data: bytes) -> None:
    assert usual_head(data, MAX_BYTES) is None


@given(st.data())
def test_head_is_what_h11_reads_whatever_is_changed_in_it(data: st.DataObject) -> None:
    changed = bytearray(USUAL)
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(changed)))
        changed[place : place + data.draw(st.integers(0, 3))] = data.draw(st.sampled_from(PIECES) | st.binary(max_size=4))
    read = usual_head(bytes(changed), MAX_BYTES)
    if read is not None:
        assert read == of_h11(bytes(changed))
