"""What one WebSocket's peer sends, before it is handed to trio-websocket: the replayed head, and the bill for the rest."""

import trio

from gateway.byte_budget import ByteBudget, FrameCounter
from gateway.transport_settings import TransportSettings


class Inbound:
    """First `head`, then nothing until `open`, then `trailing`, then what the socket has to say.

    What follows the head is held back until the 101 is out, because wsproto forgets what it gets between the two.
    """

    __slots__ = ("_budget", "_frame_cost", "_frames", "_head", "_opened", "_trailing")

    def __init__(self, settings: TransportSettings) -> None:
        self._budget = ByteBudget(settings.inbound_bytes_per_second, settings.inbound_burst_bytes)
        self._frame_cost = settings.inbound_frame_cost_bytes
        self._frames = FrameCounter()
        self._head = self._trailing = b""
        self._opened: trio.Event | None = None

    def replay(self, head: bytes, trailing: bytes) -> None:
        self._head, self._trailing = head, trailing
        self._opened = trio.Event()

    @property
    def held_back(self) -> bool:
        """The 101 is not out yet."""
        return self._opened is not None

    def open(self) -> None:
        """The 101 is out."""
        if self._opened is not None:
            self._opened.set()
            self._opened = None

    async def head(self) -> bytes:
        """The replayed head, once; then empty, as soon as the 101 is out. Always a checkpoint."""
        await trio.lowlevel.checkpoint()
        if not self._head and self._opened is not None:
            await self._opened.wait()
        head, self._head = self._head, b""
        return head

    def trailing(self, max_bytes: int) -> bytes:
        """At most `max_bytes` of what arrived behind the head."""
        data, self._trailing = self._trailing[:max_bytes], self._trailing[max_bytes:]
        return data

    def afford(self, data: bytes, now: float) -> bool:
        """Charge for `data`, its read and its frames, at `now` (trio seconds); False when the budget is overdrawn."""
        events = 1 + self._frames.count(data)
        return self._budget.spend(len(data) + events * self._frame_cost, now)
