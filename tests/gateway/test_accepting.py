"""Accepting goes on whatever befalls one connection, and leaves no listening socket open."""

import errno
import socket
from typing import Any

import trio

from gateway.accepting import Accepting


class Door:
    """Closes whoever comes; before that, raises what it is told to."""

    def __init__(self, *errors: OSError) -> None:
        self.errors = list(errors)
        self.came = 0

    def admit(self, accepted: socket.socket, address: Any) -> None:
        accepted.close()
        self.came += 1
        if self.errors:
            raise self.errors.pop(0)


async def visit(port: int) -> None:
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        assert await stream.receive_some() == b""


async def test_connections_are_accepted_after_any_failure_of_one(autojump_clock: trio.testing.MockClock) -> None:
    door = Door(OSError(errno.ECONNABORTED, "gone"), OSError(errno.EMFILE, "too many"))
    accepting = Accepting(door.admit, pause_seconds=0.1)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(accepting.run, [listener])
        for _ in range(4):
            await visit(port)
        accepting.stop()
    assert (door.came, accepting.pauses) == (4, 1)
    assert listener.fileno() == -1


async def test_accepting_that_was_stopped_before_it_ran_closes_its_sockets() -> None:
    accepting = Accepting(Door().admit, 0.1)
    accepting.stop()
    with socket.create_server(("127.0.0.1", 0)) as listener, trio.fail_after(5):
        await accepting.run([listener])
        assert listener.fileno() == -1


async def test_accepting_on_no_socket_lasts_until_it_is_stopped() -> None:
    accepting = Accepting(Door().admit, 0.1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(accepting.run, [])
        await trio.testing.wait_all_tasks_blocked()
        assert nursery.child_tasks
        accepting.stop()
