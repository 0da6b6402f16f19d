"""What waits for one connection: frames in order, ticks only in their latest form.

Plain data, no I/O: `take` hands out what may leave next, `sent` says how much of it did. Bytes that were handed out are
never changed, reordered or dropped, because half of a frame may already be on the wire.
"""

from collections import OrderedDict

MAX_SEND_BYTES = 64 * 1024
"""Of one `send`. One call costs 8-10 us whether it carries 130 bytes or 1,300; beyond this size the copying shows."""


class Outbox:
    """An ordered queue of ready frames; it is the owner who bounds it.

    Attributes:
        queued: Bytes that wait, what was handed to a `send` that took only part of it included.
        high_water: The most bytes that ever waited.
    """

    __slots__ = ("_numbers", "_queue", "_rest", "high_water", "queued")

    def __init__(self) -> None:
        self._queue: OrderedDict[int | str, bytes] = OrderedDict()  # 128 bytes when empty; a deque has 760
        self._rest = b""
        self.queued = self.high_water = self._numbers = 0

    def __len__(self) -> int:
        return self.queued

    def append(self, frame: bytes) -> None:
        """Queue `frame` last."""
        self._numbers += 1
        self._put(self._numbers, frame)

    def append_tick(self, key: str, frame: bytes) -> None:
        """Queue `frame` last, in place of an earlier one of the same `key` that still waits."""
        replaced = self._queue.pop(key, None)
        if replaced is not None:
            self.queued -= len(replaced)
        self._put(key, frame)

    def keep(self, frame: bytes, count: int) -> None:
        """While nothing waited, the socket took the first `count` bytes of `frame`; the others wait."""
        self._rest = frame[count:]
        self.queued = len(self._rest)
        self.high_water = max(self.high_water, self.queued)

    def take(self) -> bytes:
        """What is to be sent next: all that waits, up to `MAX_SEND_BYTES` or one larger frame; empty when nothing does.

        The same bytes are returned until `sent` has accounted for all of them.
        """
        if not self._rest:
            self._rest = self._next_batch()
        return self._rest

    def sent(self, count: int) -> None:
        """The socket took the first `count` bytes of what `take` returned."""
        self.queued -= count
        self._rest = self._rest[count:]

    def drop_waiting(self) -> None:
        """Forget what was not handed out yet."""
        self._queue.clear()
        self.queued = len(self._rest)

    def _put(self, key: int | str, frame: bytes) -> None:
        self._queue[key] = frame
        queued = self.queued = self.queued + len(frame)
        if queued > self.high_water:  # noqa: PLR1730 - every frame passes here, and `max` costs as much as all the rest
            self.high_water = queued

    def _next_batch(self) -> bytes:
        if len(self._queue) <= 1:
            return self._queue.popitem(last=False)[1] if self._queue else b""
        batch: list[bytes] = []
        size = 0
        while self._queue and (not batch or size + len(next(iter(self._queue.values()))) <= MAX_SEND_BYTES):
            frame = self._queue.popitem(last=False)[1]
            batch.append(frame)
            size += len(frame)
        return b"".join(batch)
