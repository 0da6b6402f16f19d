"""A drain: first nobody new comes in, then, once the last WebSocket has left, no connection waits for another request."""

from collections.abc import Iterator
from contextlib import contextmanager

import trio


class Drain:
    """Turned on once, in two steps.

    Attributes:
        refusing: Handshakes are refused.
        begun: Nothing is waited for any more.
    """

    def __init__(self) -> None:
        self.refusing = self.begun = False
        self._idle: set[trio.CancelScope] = set()
        self._guests = 0
        self._alone = trio.Event()
        self._alone.set()

    @contextmanager
    def guest(self) -> Iterator[None]:
        """Around the life of one WebSocket."""
        if not self._guests:
            self._alone = trio.Event()
        self._guests += 1
        try:
            yield
        finally:
            self._guests -= 1
            if not self._guests:
                self._alone.set()

    async def wait_alone(self) -> None:
        """Wait until there is no guest. Always a checkpoint."""
        await self._alone.wait()

    def refuse(self) -> None:
        """The first step."""
        self.refusing = True

    def begin(self) -> None:
        """The second step: end every idle wait, and let none begin."""
        self.refusing = self.begun = True
        for scope in self._idle:
            scope.cancel()

    def wait_idle(self, scope: trio.CancelScope) -> None:
        """Have the drain cancel `scope`: at once when it has begun, else until `over`."""
        self._idle.add(scope)
        if self.begun:
            scope.cancel()

    def over(self, scope: trio.CancelScope) -> None:
        """The wait is over, or was never begun: there is something to do."""
        self._idle.discard(scope)
