"""Counts what clients receive, mostly without looking."""

from collections import Counter
from typing import Any

from bench.client import Client
from bench.histogram import new_histogram, note, to_text
from bench.stamp import Stamp, ticks_left
from bench.wire import Frame

CHAT_EVENT = b'breakout.chat.message"'
"""Stands once in every delivery of a chat message, whatever protocol carries it."""

EVENT_WITHIN = 60
"""The event's name is among so many first bytes."""


MEASURED_BYTES = 1024
"""From the event's name on; a delivery's stamp stands within."""


class Sequence:
    """Sees that every client's ticks count down one by one. Attributes: gaps, doubles: Ticks lost and repeated, by client."""

    def __init__(self) -> None:
        self._left: dict[int, int] = {}
        self.gaps, self.doubles = Counter[int](), Counter[int]()

    def look(self, client: Client, payload: bytes) -> None:
        """Note one tick."""
        left = ticks_left(payload)
        before = self._left.get(client.number)
        self._left[client.number] = left
        if before is None or left == before - 1:
            return
        if left >= before:
            self.doubles[client.number] += 1
        else:
            self.gaps[client.number] += before - left - 1


class Delivery:
    """Deliveries of one operation.

    Args:
        mark: What counts: only frames with it among their first bytes. The cards of rooms, for one, come in between.
        stamp: How to read when one was due; None measures nothing.
        sample: In one of so many reads every delivery is measured: those that were held up and come in a heap weigh as much as
            they are. Prime, so that it does not fall on the same clients again and again.
        follow: Looks at every tick, where given.

    Attributes:
        frames: Deliveries so far.
        in_time: Those that came before the operation's end.
        heard: Deliveries of each client.
    """

    def __init__(self, mark: bytes, stamp: Stamp | None, sample: int = 1, follow: Sequence | None = None) -> None:
        self._mark = mark
        self._follow = follow
        self._stamp = stamp
        self._sample = sample
        self._reads = 0
        self._latencies = new_histogram()
        self.heard: dict[int, int] = {}
        self.frames = self.in_time = 0
        self.seconds = 0.0

    def sink(self, client: Client, frames: list[Frame]) -> None:
        """Count those that have the mark."""
        payloads = [payload for _, payload in frames if self._mark in payload[:EVENT_WITHIN]]
        if not payloads:
            return
        measured = self._count(client, len(payloads))
        for payload in payloads:
            if self._follow is not None:
                self._follow.look(client, payload)
            if measured:
                self._measure(payload)

    def lean(self, client: Client, data: bytes) -> None:
        """Count by the deliveries' mark alone, without looking for frames: a third of the work. A sink for `Client.lean`."""
        count, at = data.count(CHAT_EVENT), 0
        client.rest = data[1 - len(CHAT_EVENT) :]
        if count and self._count(client, count):
            for _ in range(count):
                at = data.index(CHAT_EVENT, at)
                self._measure(data[at : at + MEASURED_BYTES])
                at += 1

    def _count(self, client: Client, count: int) -> bool:
        """Whether this read is one of those that are measured."""
        self.frames += count
        self.heard[client.number] = self.heard.get(client.number, 0) + count
        self._reads += 1
        return self._stamp is not None and self._reads % self._sample == 0

    def _measure(self, payload: bytes) -> None:
        assert self._stamp is not None
        late = self._stamp(payload)
        if late is not None:
            note(self._latencies, late)

    def report(self) -> dict[str, Any]:
        follow = self._follow or Sequence()
        return {
            "deliveries": self.frames,
            "in_time": self.in_time,
            "seconds": self.seconds,
            "heard": list(self.heard.items()),
            "gaps": list(follow.gaps.items()),
            "doubles": list(follow.doubles.items()),
            "latency": to_text(self._latencies),
        }
