"""Which connections wait for a request that nobody promised, so that a drain can close them at once."""

from collections.abc import Iterator
from contextlib import contextmanager

import trio


class Drain:
    """Turned on once; then no connection waits for another request.

    Attributes:
        begun: Whether it is on.
    """

    def __init__(self) -> None:
        self.begun = False
        self._idle: set[trio.CancelScope] = set()

    def begin(self) -> None:
        """End every idle wait, and let none begin."""
        self.begun = True
        for scope in self._idle:
            scope.cancel()

    @contextmanager
    def idle(self, seconds: float) -> Iterator[None]:
        """Around a wait that ends, with nothing done, after `seconds` or when the drain begins."""
        with trio.move_on_after(0 if self.begun else seconds) as scope:
            self._idle.add(scope)
            try:
                yield
            finally:
                self._idle.discard(scope)
