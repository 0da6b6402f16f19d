"""Tokens end while connections are open: one task closes each connection when its token does."""

import heapq
import itertools
import time
from collections.abc import Callable

import trio

from breakout.contract.close_code import CloseCode

CHECK_SECONDS = 0.5
"""Promised: within a second of the token's end."""

Close = Callable[[int, str], None]


class TokenExpiry:
    """The open connections by the end of their token. Token times are the wall clock's, as the issuer reads it."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._ends: list[tuple[int, int, Close]] = []
        self._open: dict[int, Close] = {}
        self._numbers = itertools.count()

    def watch(self, expires_at: int, close: Close) -> int:
        """Close the connection at `expires_at` (milliseconds). Returns the number to `forget` it by."""
        number = next(self._numbers)
        self._open[number] = close
        heapq.heappush(self._ends, (expires_at, number, close))
        return number

    def forget(self, number: int) -> None:
        """The connection is over. Half the heap being over, it is swept."""
        self._open.pop(number, None)
        if len(self._ends) > 2 * len(self._open) + 64:
            self._ends = [end for end in self._ends if end[1] in self._open]
            heapq.heapify(self._ends)

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            await trio.sleep(CHECK_SECONDS)
            self.close_expired()

    def close_expired(self) -> None:
        """Close what has ended by now."""
        now_ms = self._now() * 1000
        while self._ends and self._ends[0][0] <= now_ms:
            _, number, close = heapq.heappop(self._ends)
            if self._open.pop(number, None) is not None:
                close(CloseCode.TOKEN_EXPIRED, "the token has expired")
