"""Where a token may stand in a request."""

import pytest

from gateway.bearer import bearer_token
from gateway.claims import TokenRefused


@pytest.mark.parametrize(
    "headers",
    [
        [(b"host", b"h"), (b"authorization", b"Bearer a.b.c")],
        [(b"authorization", b"bearer  a.b.c ")],
        [(b"sec-websocket-protocol", b"breakout.v1, bearer.a.b.c")],
        [(b"sec-websocket-protocol", b"bearer.a.b.c,breakout.v1")],
        [(b"sec-websocket-protocol", b"breakout.v1"), (b"sec-websocket-protocol", b"bearer.a.b.c")],
        [(b"sec-websocket-protocol", b"breakout.v1, bearer.x.y.z"), (b"authorization", b"Bearer a.b.c")],
    ],
)
def test_token_is_found_in_either_header(headers):
    assert bearer_token(headers) == "a.b.c"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([], "a token is needed"),
        ([(b"host", b"h"), (b"sec-websocket-protocol", b"breakout.v1")], "a token is needed"),
        ([(b"cookie", b"token=a.b.c")], "a token is needed"),
        ([(b"authorization", b"Basic YTpi")], "must be: Bearer"),
        ([(b"authorization", b"Bearer")], "must be: Bearer"),
        ([(b"authorization", b"")], "must be: Bearer"),
        ([(b"authorization", b"Bearer a"), (b"authorization", b"Bearer a")], "more than one"),
        ([(b"sec-websocket-protocol", b"bearer.a, bearer.b")], "more than one"),
        ([(b"authorization", b"Bearer \xff")], "not ASCII"),
        ([(b"sec-websocket-protocol", b"bearer.\xe9")], "not ASCII"),
    ],
)
def test_request_is_refused_without_exactly_one_token(headers, reason):
    with pytest.raises(TokenRefused, match=reason):
        bearer_token(headers)
