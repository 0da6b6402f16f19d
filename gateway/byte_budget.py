"""What one WebSocket may send: a token bucket over bytes, frames and reads, under the WebSocket layer.

Bytes alone would not do: an empty frame is six bytes and costs as much work as a full one, and so does a read of a
single byte. Each frame and each read is therefore charged a fixed number of bytes on top. Who overdraws is cut.
"""

from attrs import define, field


@define
class ByteBudget:
    """A token bucket that starts full.

    Attributes:
        bytes_per_second: How fast it fills.
        burst_bytes: What it holds.
    """

    bytes_per_second: int
    burst_bytes: int
    _left: float = field(init=False)
    _filled_at: float = field(init=False, default=0.0)

    def __attrs_post_init__(self) -> None:
        self._left = self.burst_bytes

    def spend(self, cost: int, now: float) -> bool:
        """Take `cost` bytes at `now` (seconds, never going back); False when there was not enough, then nothing is left."""
        self._left = min(self.burst_bytes, self._left + (now - self._filled_at) * self.bytes_per_second)
        self._filled_at = now
        if cost > self._left:
            self._left = 0.0
            return False
        self._left -= cost
        return True


class FrameCounter:
    """Counts the frames that begin in a byte stream, in chunks however they come. It checks nothing: wsproto does."""

    __slots__ = ("_header", "_skip")

    def __init__(self) -> None:
        self._header = b""
        self._skip = 0

    def count(self, chunk: bytes) -> int:
        """How many frame headers end in `chunk`."""
        data = self._header + chunk
        at, frames = self._skip, 0
        while at + 2 <= len(data):
            end = _frame_end(data, at)
            if end is None:
                break
            at, frames = end, frames + 1
        self._header = data[at:]
        self._skip = max(0, at - len(data))
        return frames


def _frame_end(data: bytes, at: int) -> int | None:
    """Where the frame that begins at `at` ends, or None while its length is not all there."""
    length = data[at + 1] & 0x7F
    extra = {126: 2, 127: 8}.get(length, 0)
    if at + 2 + extra > len(data):
        return None
    if extra:
        length = int.from_bytes(data[at + 2 : at + 2 + extra], "big")
    mask = 4 if data[at + 1] & 0x80 else 0
    return at + 2 + extra + mask + length
