"""Whatever is due to one connection in one turn leaves in one send."""

from attrs import frozen

from actors.request import Subscriber


@frozen
class FlusherStatistics:
    """Frames handed to connections since the start: pushes and replies, and ticks."""

    frames: int
    ticks: int


class Flusher:
    """Remembers which connections have something queued, and flushes each once."""

    def __init__(self) -> None:
        self._frames = self._ticks = 0
        self._waiting: dict[Subscriber, None] = {}

    def send(self, subscriber: Subscriber, frame: bytes) -> None:
        """Queue `frame`; it leaves with the next `flush`."""
        subscriber.send(frame)
        self._frames += 1
        self._waiting[subscriber] = None

    def send_tick(self, subscriber: Subscriber, key: str, frame: bytes) -> None:
        """Queue a frame that replaces an unsent one of the same key."""
        subscriber.send_tick(key, frame)
        self._ticks += 1
        self._waiting[subscriber] = None

    def flush(self) -> None:
        """Let everything queued leave, one send per connection."""
        waiting, self._waiting = self._waiting, {}
        for subscriber in waiting:
            subscriber.flush()

    @property
    def statistics(self) -> FlusherStatistics:
        return FlusherStatistics(self._frames, self._ticks)
