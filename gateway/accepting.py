"""Accepts connections on listening sockets, for as long as there is what a connection needs."""

import errno
import socket
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog
import trio

log = structlog.get_logger("gateway.listener")

OUT_OF_RESOURCES: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

ACCEPTED_PER_TURN: Final = 64
"""Accepted without a look at the other tasks: at some 30 us each, 2 ms."""


class Accepting:
    """Gives every connection to `admit`, with its peer's address; out of descriptors or memory it pauses and goes on.

    Attributes:
        pauses: Since the start.
    """

    def __init__(self, admit: Callable[[socket.socket, Any], None], pause_seconds: float) -> None:
        self.pauses = 0
        self._admit = admit
        self._pause_seconds = pause_seconds
        self._scope = trio.CancelScope()

    async def run(self, listeners: Sequence[socket.socket]) -> None:
        """Accept until `stop`, also on no socket at all; `listeners` are closed then, or when this is cancelled."""
        try:
            with self._scope:
                async with trio.open_nursery() as loops:
                    loops.start_soon(trio.sleep_forever)
                    for listener in listeners:
                        listener.setblocking(False)
                        loops.start_soon(self._loop, listener)
        finally:
            for listener in listeners:
                trio.lowlevel.notify_closing(listener)
                listener.close()

    def stop(self) -> None:
        """Accept no more. May be called more than once, and before `run`."""
        self._scope.cancel()

    async def _loop(self, listener: socket.socket) -> None:
        while True:
            await trio.lowlevel.wait_readable(listener)
            try:
                for _ in range(ACCEPTED_PER_TURN):
                    self._admit(*listener.accept())
            except BlockingIOError:
                continue
            except OSError as error:
                if error.errno in OUT_OF_RESOURCES:
                    await self._pause(error)
                # anything else befell the one connection that was about to be accepted

    async def _pause(self, error: OSError) -> None:
        self.pauses += 1
        log.error("accept_paused", error=str(error))
        await trio.sleep(self._pause_seconds)
