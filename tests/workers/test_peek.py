"""Heads are waited for without being read, and without a busy loop for those that stay half."""

import socket
import time
from collections.abc import Iterator

import pytest
import trio

from gateway.workers.peek import peek_head, peek_now

MAX_BYTES = 8_192
HEAD = b"GET /ws/demo HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A server's and a client's end of a TCP connection."""
    ends = tcp_pair()
    yield ends
    for end in ends:
        end.close()


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    server.setblocking(False)
    return server, client


async def test_head_is_seen_and_stays_to_be_read(pair: tuple[socket.socket, socket.socket]) -> None:
    server, client = pair
    client.sendall(HEAD + b"more")
    with trio.fail_after(5):
        assert await peek_head(server, MAX_BYTES) == HEAD + b"more"
    assert server.recv(100) == HEAD + b"more"


async def test_head_that_comes_byte_by_byte_is_waited_for(pair: tuple[socket.socket, socket.socket]) -> None:
    server, client = pair
    found: list[bytes | None] = []

    async def look() -> None:
        found.append(await peek_head(server, MAX_BYTES))

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(look)
            for n in range(len(HEAD)):
                assert not found
                client.sendall(HEAD[n : n + 1])
                await trio.testing.wait_all_tasks_blocked(0.001)
    assert found == [HEAD]
    assert server.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT) == 1


@pytest.mark.parametrize("begun", [b"", HEAD[:20]])
@pytest.mark.parametrize("reset", [False, True])
async def test_client_that_leaves_is_noticed_at_once(
    pair: tuple[socket.socket, socket.socket], begun: bytes, *, reset: bool
) -> None:
    server, client = pair
    client.sendall(begun)
    found: list[bytes | None] = []

    async def look() -> None:
        found.append(await peek_head(server, MAX_BYTES))

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(look)
            await trio.testing.wait_all_tasks_blocked(0.01)
            if reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()
    assert found == [None]


async def test_head_that_is_too_long_is_not_waited_for(pair: tuple[socket.socket, socket.socket]) -> None:
    server, client = pair
    client.sendall(b"x" * 20_000)
    with trio.fail_after(5):
        found = await peek_head(server, MAX_BYTES)
    assert found == b"x" * MAX_BYTES


async def test_two_hundred_half_heads_cost_no_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    wakes = [0]
    plain = trio.lowlevel.wait_readable

    async def counted(end: socket.socket) -> None:
        await plain(end)
        wakes[0] += 1

    monkeypatch.setattr(trio.lowlevel, "wait_readable", counted)
    pairs = [tcp_pair() for _ in range(200)]
    async with trio.open_nursery() as nursery:
        for server, client in pairs:
            client.sendall(HEAD[:20])
            nursery.start_soon(peek_head, server, MAX_BYTES)
        await trio.testing.wait_all_tasks_blocked(0.05)
        before, used = wakes[0], time.process_time()
        with trio.move_on_after(0.5):
            await trio.sleep_forever()
        assert wakes[0] == before <= 400
        assert time.process_time() - used < 0.1
        nursery.cancel_scope.cancel()
    for ends in pairs:
        for end in ends:
            end.close()


async def test_head_that_is_there_is_seen_without_waiting(pair: tuple[socket.socket, socket.socket]) -> None:
    server, client = pair
    assert peek_now(server, MAX_BYTES) is None
    client.sendall(HEAD[:20])
    await trio.lowlevel.wait_readable(server)
    assert peek_now(server, MAX_BYTES) is None
    client.sendall(HEAD[20:])
    with trio.fail_after(5):
        assert await peek_head(server, MAX_BYTES) == peek_now(server, MAX_BYTES) == HEAD
    client.close()
