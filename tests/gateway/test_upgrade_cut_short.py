"""A WebSocket whose client goes away at any byte of it."""

from collections.abc import Awaitable, Callable

import pytest
import trio

from tests.gateway.transport_harness import CLOSE, PING, TEXT, EchoEndpoint, client_frame, handshake, reset, start

SESSION = handshake() + client_frame(TEXT, b"hello") + client_frame(PING) + client_frame(CLOSE, b"\x03\xe8")


async def shut_half(stream: trio.SocketStream) -> None:
    await stream.send_eof()


async def leave(stream: trio.SocketStream) -> None:
    await stream.aclose()


async def break_off(stream: trio.SocketStream) -> None:
    reset(stream)


@pytest.mark.parametrize("go", [shut_half, leave, break_off])
async def test_connection_that_ends_at_any_byte_of_a_session_is_freed(
    nursery: trio.Nursery, go: Callable[[trio.SocketStream], Awaitable[None]]
) -> None:
    running = await start(nursery, linger_seconds=0.05, close_seconds=0.2)
    with trio.fail_after(20):
        for count in range(len(SESSION) + 1):
            stream = await running.connect()
            await stream.send_all(SESSION[:count])
            await go(stream)
        await running.wait_idle()
    assert running.server.statistics.failed == 0
    assert isinstance(running.endpoint, EchoEndpoint)
    assert len(running.endpoint.connections) >= len(client_frame(CLOSE, b"\x03\xe8"))
    assert len(running.endpoint.codes) == len(running.endpoint.connections)
