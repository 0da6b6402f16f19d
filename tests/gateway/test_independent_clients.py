"""Clients that share no code with the server: `websockets` and `httpx`, each in a thread of its own."""

import httpx
import pytest
import trio
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.gateway.transport_harness import Running, start

PROTOCOLS = [Subprotocol("breakout.v1"), Subprotocol("bearer.token")]


def open_client(running: Running, path: str = "/ws/1") -> ClientConnection:
    host, port = running.address
    return connect(f"ws://{host}:{port}{path}", subprotocols=PROTOCOLS, open_timeout=5)


async def test_websockets_client_echoes_messages_of_every_size_and_closes_cleanly(nursery: trio.Nursery) -> None:
    def talk() -> tuple[str | None, object, int | None]:
        with open_client(running) as client:
            for text in ("", "x", "ä" * 63, "y" * 126, "€" * 5461, "z" * 16384):
                client.send(text)
                assert client.recv(timeout=5) == text
            client.send(["frag", "men", "ted"])
            assert client.recv(timeout=5) == "fragmented"
            assert client.ping().wait(5)
        return client.subprotocol, client.protocol.extensions, client.close_code

    running = await start(nursery)
    with trio.fail_after(20):
        assert await trio.to_thread.run_sync(talk) == ("breakout.v1", [], 1000)
        await running.wait_idle()


async def test_websockets_client_sees_the_code_when_its_message_is_too_large(nursery: trio.Nursery) -> None:
    def talk() -> int | None:
        with open_client(running) as client:
            client.send("x" * 500_000)
            with pytest.raises(ConnectionClosed):
                client.recv(timeout=5)
            return client.close_code

    running = await start(nursery)
    with trio.fail_after(10):
        assert await trio.to_thread.run_sync(talk) == 1009


async def test_websockets_client_sees_the_status_of_a_refused_handshake(nursery: trio.Nursery) -> None:
    def talk() -> int:
        with pytest.raises(InvalidStatus) as refused:
            open_client(running, "/ws/a/b")
        return refused.value.response.status_code

    running = await start(nursery)
    with trio.fail_after(10):
        assert await trio.to_thread.run_sync(talk) == 404


async def test_websockets_client_is_told_to_come_back_when_the_server_is_full(nursery: trio.Nursery) -> None:
    def talk() -> tuple[int, str | None]:
        with pytest.raises(InvalidStatus) as refused:
            open_client(running)
        return refused.value.response.status_code, refused.value.response.headers.get("Retry-After")

    running = await start(nursery, max_connections=1)
    await running.open_websocket()
    with trio.fail_after(10):
        assert await trio.to_thread.run_sync(talk) == (503, "5")


async def test_httpx_client_keeps_its_connection_over_several_requests(nursery: trio.Nursery) -> None:
    def talk() -> list[tuple[int, str]]:
        host, port = running.address
        with httpx.Client(base_url=f"http://{host}:{port}", timeout=5) as client:
            replies = [
                client.get("/"),
                client.head("/"),
                client.post("/length", content=b"x" * 100_000),
                client.post("/length", content=iter([b"chunk"] * 10)),
                client.get("/nowhere"),
                client.get("/"),
            ]
        return [(reply.status_code, reply.text) for reply in replies]

    running = await start(nursery)
    with trio.fail_after(10):
        replies = await trio.to_thread.run_sync(talk)
    assert replies == [(200, "hello /"), (200, ""), (200, "100000"), (200, "50"), (404, "Not Found"), (200, "hello /")]
    assert running.server.statistics.accepted == 1
