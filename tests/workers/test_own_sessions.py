"""The guard behind the routing: a worker refuses what it does not own."""

from typing import Any, NoReturn

import httpx
import pytest
import trio

from gateway.endpoint import HandshakeRefused
from gateway.head import RequestHead
from gateway.upgrade import WebSocketConnection
from gateway.workers.own_sessions import OwnEndpoint, own_app
from tests.gateway.transport_harness import APP


class Everything:
    """An endpoint that admits everybody."""

    def admit(self, head: RequestHead, peer: str) -> str:
        return f"{peer} {head.path}"

    def open(self, admission: str, socket: WebSocketConnection) -> NoReturn:
        raise LookupError(admission)


def mine(session_id: str) -> bool:
    return session_id == "mine"


def test_own_session_is_admitted_by_the_endpoint() -> None:
    endpoint = OwnEndpoint(Everything(), mine)
    assert endpoint.admit(RequestHead("GET", b"/ws/m%69ne", "1.1", ()), "1.2.3.4") == "1.2.3.4 /ws/mine"


def test_session_of_another_worker_is_refused() -> None:
    with pytest.raises(HandshakeRefused) as refused:
        OwnEndpoint(Everything(), mine).admit(RequestHead("GET", b"/ws/other", "1.1", ()), "1.2.3.4")
    assert refused.value.status == 421


def test_connection_is_served_by_the_endpoint() -> None:
    socket: Any = None
    with pytest.raises(LookupError, match="hello"):
        OwnEndpoint(Everything(), mine).open("hello", socket)


async def test_requests_about_another_workers_session_are_refused_and_all_others_pass() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(own_app(APP, mine)), base_url="http://x") as client:
        paths = ("/", "/api/sessions/mine/rooms", "/api/sessions/other/rooms")
        with trio.fail_after(5):
            assert [(await client.get(path)).status_code for path in paths] == [200, 404, 421]
