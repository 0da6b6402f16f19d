import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request

from gateway.handshake import check_handshake, selected_subprotocol, switching_protocols
from gateway.head import RequestHead, RequestRefused
from tests.gateway.transport_harness import KEY

VALID = {
    b"host": b"example",
    b"upgrade": b"websocket",
    b"connection": b"keep-alive, Upgrade",
    b"sec-websocket-key": KEY.encode(),
    b"sec-websocket-version": b"13",
}


def head(
    *extra: tuple[bytes, bytes], method: str = "GET", version: str = "1.1", **changes: bytes | None
) -> RequestHead:
    headers = dict(VALID)
    for name, value in changes.items():
        key = name.replace("_", "-").encode()
        headers.pop(key)
        if value is not None:
            headers[key] = value
    return RequestHead(method, b"/ws/1", version, (*headers.items(), *extra))


def refusal(wrong: RequestHead) -> RequestRefused:
    with pytest.raises(RequestRefused) as refused:
        check_handshake(wrong)
    return refused.value


def test_handshake_of_a_browser_is_accepted() -> None:
    accepted = head((b"origin", b"https://app.example"), (b"sec-websocket-extensions", b"permessage-deflate"))
    assert check_handshake(accepted) is None  # type: ignore[func-returns-value]  # nothing was raised


@pytest.mark.parametrize(
    "wrong",
    [
        head(method="POST"),
        head(version="1.0"),
        head((b"content-length", b"0")),
        head((b"transfer-encoding", b"chunked")),
        head((b"host", b"other")),
        head((b"sec-websocket-key", KEY.encode())),
        head((b"sec-websocket-version", b"13")),
        head((b"origin", b"a"), (b"origin", b"b")),
        head((b"authorization", b"a"), (b"authorization", b"b")),
        head(host=b"exa\xffmple"),
        head(connection=b"Upgrade\xff"),
        head(sec_websocket_key=b"\xff" * 24),
        head((b"sec-websocket-protocol", b"\xff")),
        head((b"x-anything", b"\x80")),
        head(connection=b"keep-alive"),
        head(connection=None),
        head(sec_websocket_key=None),
        head(sec_websocket_key=b"A"),
        head(sec_websocket_key=b"A" * 24),
        head(sec_websocket_key=b"MDEyMzQ1Njc4OWFiY2RlZg=!"),
        head(sec_websocket_version=None),
    ],
)
def test_handshake_is_refused_with_400_when_it_breaks_a_rule(wrong: RequestHead) -> None:
    assert refusal(wrong).status == 400


@pytest.mark.parametrize(
    "wrong",
    [head(upgrade=None), head(upgrade=b"h2c"), head(sec_websocket_version=b"8"), head(sec_websocket_version=b"13, 8")],
)
def test_handshake_is_refused_with_426_and_the_version_when_it_is_another_protocol(wrong: RequestHead) -> None:
    refused = refusal(wrong)
    assert refused.status == 426
    assert refused.headers == {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}


def test_subprotocol_is_selected_wherever_it_stands_among_the_offers() -> None:
    offers = head((b"sec-websocket-protocol", b"bearer.abc"), (b"sec-websocket-protocol", b"chat, breakout.v1"))
    assert selected_subprotocol(offers) == "breakout.v1"


def test_no_subprotocol_is_selected_when_none_is_offered() -> None:
    assert selected_subprotocol(head()) is None


def test_handshake_is_refused_when_only_other_subprotocols_are_offered() -> None:
    with pytest.raises(RequestRefused, match=r"breakout\.v1"):
        selected_subprotocol(head((b"sec-websocket-protocol", b"breakout.v2, bearer.abc")))


def test_response_is_what_wsproto_expects_of_a_server_and_carries_no_secret() -> None:
    client = WSConnection(ConnectionType.CLIENT)
    asked = client.send(Request(host="localhost", target="/ws/s1", subprotocols=["breakout.v1", "bearer.secret"]))
    key = next(line.partition(b": ")[2] for line in asked.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
    written = switching_protocols(head(sec_websocket_key=key), "breakout.v1")
    client.receive_data(written)
    (accepted,) = client.events()
    assert isinstance(accepted, AcceptConnection)
    assert accepted.subprotocol == "breakout.v1"
    assert b"secret" not in written


def test_response_names_no_subprotocol_to_a_client_that_offered_none() -> None:
    assert b"Protocol:" not in switching_protocols(head(), None)
