"""What one WebSocket's peer sends, before it is handed to trio-websocket: what came behind the head, and the bill for the rest."""

from gateway.byte_budget import ByteBudget, FrameCounter
from gateway.transport_settings import TransportSettings


class Inbound:
    """First what arrived behind the head, then what the socket has to say."""

    __slots__ = ("_budget", "_frame_cost", "_frames", "_trailing")

    def __init__(self, settings: TransportSettings) -> None:
        self._budget = ByteBudget(settings.inbound_bytes_per_second, settings.inbound_burst_bytes)
        self._frame_cost = settings.inbound_frame_cost_bytes
        self._frames = FrameCounter()
        self._trailing = b""

    def replay(self, trailing: bytes) -> None:
        self._trailing = trailing

    def trailing(self, max_bytes: int) -> bytes:
        """At most `max_bytes` of what arrived behind the head."""
        data, self._trailing = self._trailing[:max_bytes], self._trailing[max_bytes:]
        return data

    def afford(self, data: bytes, now: float) -> bool:
        """Charge for `data`, its read and its frames, at `now` (trio seconds); False when the budget is overdrawn."""
        events = 1 + self._frames.count(data)
        return self._budget.spend(len(data) + events * self._frame_cost, now)
