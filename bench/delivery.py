"""Counts what clients receive, mostly without looking."""

from typing import Any

from bench.histogram import new_histogram, note, to_text
from bench.stamp import Stamp, ticks_left
from bench.swarm import Client
from bench.wire import Frame

CHAT_EVENT = b'breakout.chat.message"'
"""Stands once in every delivery of a chat message, whatever protocol carries it."""

EVENT_WITHIN = 60
"""The event's name is among so many first bytes."""


class Sequence:
    """Sees that every client's ticks count down one by one: nothing is lost, nothing comes twice."""

    def __init__(self) -> None:
        self._left: dict[int, int] = {}
        self.gaps = self.doubles = 0

    def look(self, client: Client, payload: bytes) -> None:
        """Note one tick."""
        left = ticks_left(payload)
        before = self._left.get(client.number)
        self._left[client.number] = left
        if before is None:
            return
        if left >= before:
            self.doubles += 1
        else:
            self.gaps += before - left - 1


class Delivery:
    """Deliveries of one operation.

    Args:
        mark: What counts: only frames with it among their first bytes. The cards of rooms, for one, come in between.
        stamp: How to read when one was due; None measures nothing.
        sample: One in so many is measured.
        follow: Looks at every tick, where given.

    Attributes:
        frames: Deliveries so far.
        in_time: Those that came before the operation's end.
    """

    def __init__(self, mark: bytes, stamp: Stamp | None, sample: int = 1, follow: Sequence | None = None) -> None:
        self._mark = mark
        self._follow = follow or Sequence()
        self._followed = follow is not None
        self._stamp = stamp
        self._sample = sample
        self._turn = 0
        self._latencies = new_histogram()
        self._per_client: dict[int, int] = {}
        self.frames = self.in_time = 0
        self.seconds = 0.0

    def sink(self, client: Client, frames: list[Frame]) -> None:
        """Count those that have the mark."""
        frames = [frame for frame in frames if self._mark in frame[1][:EVENT_WITHIN]]
        if not frames:
            return
        count = len(frames)
        self.frames += count
        self._per_client[client.number] = self._per_client.get(client.number, 0) + count
        self._turn += count
        if self._followed:
            for _, payload in frames:
                self._follow.look(client, payload)
        if self._stamp is not None and self._turn >= self._sample:
            self._turn = 0
            late = self._stamp(frames[0][1])
            if late is not None:
                note(self._latencies, late)

    def lean(self, client: Client, data: bytes) -> None:
        """Count by the deliveries' mark alone, without looking for frames: a third of the work. A sink for `Client.lean`."""
        count = data.count(CHAT_EVENT)
        client.rest = data[1 - len(CHAT_EVENT) :]
        self.frames += count
        self._per_client[client.number] = self._per_client.get(client.number, 0) + count
        self._turn += 1
        if self._stamp is not None and count and self._turn >= self._sample:
            self._turn = 0
            late = self._stamp(data[data.index(CHAT_EVENT) :])
            if late is not None:
                note(self._latencies, late)

    def report(self) -> dict[str, Any]:
        counts = self._per_client.values()
        return {
            "deliveries": self.frames,
            "in_time": self.in_time,
            "seconds": self.seconds,
            "clients": len(counts),
            "least": min(counts, default=0),
            "most": max(counts, default=0),
            "gaps": self._follow.gaps,
            "doubles": self._follow.doubles,
            "latency": to_text(self._latencies),
        }
