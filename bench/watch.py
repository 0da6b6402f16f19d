"""What else is seen while people talk: who was told something and when, and whether everybody's ticks go on."""

import time
from typing import Any

from bench.client import Client
from bench.delivery import Delivery, Sequence
from bench.stamp import TICK_MARK
from bench.wire import Frame


class Watch:
    """Notes every frame with `marker`, and follows the ticks."""

    def __init__(self, marker: bytes) -> None:
        self._marker = marker
        self._seen: list[tuple[int, float]] = []
        self._ticks = Delivery(TICK_MARK, None, follow=Sequence())

    def sink(self, client: Client, frames: list[Frame]) -> None:
        now = time.perf_counter()
        self._seen += [(client.number, now) for _, payload in frames if self._marker in payload]
        self._ticks.sink(client, frames)

    def report(self) -> dict[str, Any]:
        """`seen` has (client, seconds of `time.perf_counter`)."""
        return {"seen": self._seen, "ticks": self._ticks.report()}
