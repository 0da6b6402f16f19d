"""What trio-websocket takes for its channel of messages: each one is given on at once, in the task that reads.

Its own channel wants a second task at the other end: some 5 % of what a join costs, 5 KiB a connection, and a switch of tasks a
message.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import trio

MESSAGES_PER_TURN: Final = 16
"""Given on without a look at the other tasks: at some 50 us each, under 1 ms. One read may hold hundreds of small messages."""


class MessageFailed(Exception):
    """What took a message raised; the cause says what. trio-websocket would hush up some exceptions, KeyError among them."""


class MessageSink:
    """Both ends of the channel.

    Args:
        take: Called with every message, text or bytes, until the end.
        end: Called when trio-websocket has found the end of the WebSocket, but may go on to read.
    """

    __slots__ = ("_count", "_end", "_take")

    def __init__(self, take: Callable[[str | bytes], None], end: Callable[[], None]) -> None:
        self._take: Callable[[str | bytes], None] | None = take
        self._end: Callable[[], None] | None = end
        self._count = 0

    async def send(self, message: str | bytes) -> None:
        """Give `message` on. Raises: MessageFailed: Whatever was raised by what took it."""
        if self._take is None:
            return
        try:
            self._take(message)
        except Exception as error:
            raise MessageFailed("a message could not be served") from error
        self._count += 1
        if self._count % MESSAGES_PER_TURN == 0:
            await trio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        """No more messages."""
        end = self._end
        self._let_go()
        if end is not None:
            end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """The reader returns or raises, to somebody who knows what to make of it."""
        self._let_go()

    def _let_go(self) -> None:
        """Of the connection, which refers to this: apart, they leave memory at once."""
        self._take = self._end = None
