"""One task that watches every WebSocket for life: who has been silent is pinged, who stays silent is cut."""

from typing import Protocol

import trio

from gateway.frame import ping_frame

PING = ping_frame()
_BEATS_PER_INTERVAL = 20
"""A look at all connections costs about 0.1 us each; twenty a period keep the error of a ping at 5 %."""


class Watched(Protocol):
    """What the heartbeat needs of a connection; `last_received_at` is in trio seconds."""

    last_received_at: float

    def send_frame(self, frame: bytes) -> None: ...

    def flush(self) -> None: ...

    def cut(self, reason: str) -> None: ...


class Heartbeat:
    """Pings a connection `interval_seconds` after its last byte and cuts it after as long again without one.

    Any byte counts, not only a pong: a client in the middle of a large message cannot answer.
    """

    def __init__(self, interval_seconds: float) -> None:
        self._interval = interval_seconds
        self._pinged_at: dict[Watched, float | None] = {}

    def __len__(self) -> int:
        return len(self._pinged_at)

    def watch(self, connection: Watched) -> None:
        self._pinged_at[connection] = None

    def forget(self, connection: Watched) -> None:
        """No more pings; does nothing when it was not watched."""
        self._pinged_at.pop(connection, None)

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await trio.sleep(self._interval / _BEATS_PER_INTERVAL)
            self.beat(trio.current_time())

    def beat(self, now: float) -> None:
        """Look at every connection once, at `now` (trio seconds)."""
        quiet_since = now - self._interval
        for connection, pinged_at in list(self._pinged_at.items()):
            if connection.last_received_at > quiet_since:
                continue
            if pinged_at is None or pinged_at <= connection.last_received_at:
                self._ping(connection, now)
            elif pinged_at <= quiet_since:
                self.forget(connection)
                connection.cut("nothing received since the last ping")

    def _ping(self, connection: Watched, now: float) -> None:
        self._pinged_at[connection] = now
        connection.send_frame(PING)
        connection.flush()
