"""A drain: first nobody new comes in, then, once the last WebSocket has left, no connection waits for another request."""

import trio


class Guests:
    """Counts WebSockets: `with guests:` around the life of each."""

    def __init__(self) -> None:
        self._count = 0
        self._gone = trio.Event()
        self._gone.set()

    def __enter__(self) -> None:
        if not self._count:
            self._gone = trio.Event()
        self._count += 1

    def __exit__(self, *_raised: object) -> None:
        self._count -= 1
        if not self._count:
            self._gone.set()

    async def wait_gone(self) -> None:
        """Wait until there are none. Always a checkpoint."""
        await self._gone.wait()


class Drain:
    """Turned on once, in two steps.

    Attributes:
        refusing: Handshakes are refused.
        begun: Nothing is waited for any more.
        guests: The WebSockets that are served.
    """

    def __init__(self) -> None:
        self.refusing = self.begun = False
        self.guests = Guests()
        self._idle: set[trio.CancelScope] = set()

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
