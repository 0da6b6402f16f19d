"""Connections that another process accepted, and those that a porter looks at first."""

import socket
from collections.abc import Callable

import pytest
import trio
from attrs import define

from gateway.head import RequestRefused
from gateway.link import Link
from gateway.listener import TransportServer
from gateway.listening_socket import open_listeners
from gateway.transport_settings import TransportSettings
from gateway.visit import Visit
from tests.gateway.transport_harness import (
    APP,
    TEXT,
    EchoEndpoint,
    RawWebSocket,
    handshake,
    read_head,
    read_to_end,
    until,
)

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def accepted() -> tuple[socket.socket, trio.SocketStream]:
    """What another process accepted, and the client's end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    return server, trio.SocketStream(trio.socket.from_stdlib_socket(client))


async def started(nursery: trio.Nursery, **settings: object) -> TransportServer:
    server = TransportServer(APP, EchoEndpoint(), TransportSettings(**settings))  # type: ignore[arg-type]
    await nursery.start(server.run, [])
    return server


async def test_adopted_connection_is_served_from_its_first_byte_and_its_end_is_told_once(nursery: trio.Nursery) -> None:
    server, left = await started(nursery), []
    plain, client = accepted()
    async with client:
        await client.send_all(handshake("/ws/1"))
        server.adopt(plain, lambda: left.append(1))
        with trio.fail_after(5):
            head, rest = await read_head(client)
            assert head.startswith(b"HTTP/1.1 101 ")
            websocket = RawWebSocket(client, bytearray(rest))
            await websocket.send(TEXT, b"hello")
            assert await websocket.receive() == (TEXT, b"hello")
        assert (left, server.statistics.open) == ([], 1)
    with trio.fail_after(5):
        await until(lambda: bool(left))
    assert (left, server.statistics.open) == ([1], 0)


async def test_connection_of_a_client_that_has_left_is_over_at_once(nursery: trio.Nursery) -> None:
    server, left = await started(nursery), []
    server.adopt(socket.socket(), lambda: left.append(1))
    assert (left, server.statistics.open) == ([1], 0)


async def test_connection_that_comes_after_the_end_is_closed(nursery: trio.Nursery) -> None:
    server, left = await started(nursery), []
    server.stop_accepting()
    with trio.fail_after(5):
        await server.wait_ended()
        plain, client = accepted()
        server.adopt(plain, lambda: left.append(1))
        async with client:
            assert await read_to_end(client) == b""
    assert left == [1]


@pytest.mark.parametrize("connections", [0, 1])
async def test_adopted_connection_beyond_the_limit_is_refused_and_its_end_told(nursery: trio.Nursery, connections: int) -> None:
    server, left = await started(nursery, max_connections=1), []
    held = [accepted() for _ in range(connections)]
    for plain, _ in held:
        server.adopt(plain, lambda: None)
    plain, client = accepted()
    server.adopt(plain, lambda: left.append(1))
    async with client:
        await client.send_all(GET)
        with trio.fail_after(5):
            head, _ = await read_head(client)
        assert head.startswith(b"HTTP/1.1 503 " if connections else b"HTTP/1.1 200 ")
    with trio.fail_after(5):
        await until(lambda: bool(left))
    for _, stream in held:
        await stream.aclose()
    assert left == [1]


async def test_connection_carries_one_request_where_the_next_could_be_another_process_s(nursery: trio.Nursery) -> None:
    server = await started(nursery, keep_alive=False)
    plain, client = accepted()
    server.adopt(plain, lambda: None)
    async with client:
        await client.send_all(GET + GET)
        with trio.fail_after(5):
            reply = await read_to_end(client)
    assert reply.count(b"HTTP/1.1 200 ") == 1
    assert b"Connection: close\r\n" in reply


@define
class GivingAway:
    """A porter that gives every other connection away, and refuses the address 10.0.0.9."""

    given: list[tuple[socket.socket, Visit]]
    looked_at: int = 0

    async def keeps(self, link: Link, visit: Visit, take_place: Callable[[str, Visit], None]) -> bool:
        self.looked_at += 1
        if self.looked_at == 3:
            raise RequestRefused(503, "not now")
        if self.looked_at % 2:
            return True
        assert link.plain_socket is not None
        take_place("10.0.0.1", visit)
        visit.elsewhere = True
        self.given.append((link.plain_socket.dup(), visit))
        return False


async def exchange(address: tuple[str, int]) -> bytes:
    async with await trio.open_tcp_stream(*address) as stream:
        await stream.send_all(GET)
        return await read_to_end(stream)


async def test_porter_gives_connections_away_and_their_places_are_kept_until_they_are_over(nursery: trio.Nursery) -> None:
    (listener,), porter = open_listeners("127.0.0.1", 0), GivingAway([])
    server = TransportServer(APP, EchoEndpoint(), TransportSettings(keep_alive=False), porter=porter)
    address = listener.getsockname()
    await nursery.start(server.run, [listener])
    with trio.fail_after(5):
        assert (await exchange(address)).startswith(b"HTTP/1.1 200 ")
        async with await trio.open_tcp_stream(*address) as stream:
            await stream.send_all(GET)
            await until(lambda: bool(porter.given))
            ((plain, visit),) = porter.given
            with plain:
                assert plain.recv(100) == GET
                assert (await exchange(address)).startswith(b"HTTP/1.1 503 ")
                await until(lambda: server.statistics.open == 1)
                plain.send(b"from elsewhere")
                assert await stream.receive_some(100) == b"from elsewhere"
        visit.leave()
        assert server.statistics.open == 0
