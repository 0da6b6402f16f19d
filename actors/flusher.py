"""Whatever is due to one connection in one turn leaves in one send.

What everybody in a session is sent is kept apart until the flush, and joined once for all: closing 250 rooms before 2,000
people is 2,000 frames to queue, not 500,000. Whoever is sent something of their own meanwhile gets the shared frames before it
first, so every connection receives everything in the order in which it was published.
"""

from collections.abc import Mapping

from attrs import frozen

from actors.request import Subscriber, TickTarget


@frozen
class FlusherStatistics:
    """Frames handed to connections since the start: pushes and replies, and ticks."""

    frames: int
    ticks: int


class _Shared:
    """Frames for everybody in `members`, and how many of them each has been given. `members` may change meanwhile."""

    def __init__(self, members: Mapping[Subscriber, None]) -> None:
        self.members = members
        self.frames: list[bytes] = []
        self.given: dict[Subscriber, int] = {}
        self._joined: dict[tuple[int, int], bytes] = {}

    def due(self, subscriber: Subscriber) -> bytes:
        """The frames that this member has not been given, joined; they count as given afterwards."""
        given, end = self.given.get(subscriber, 0), len(self.frames)
        self.given[subscriber] = end
        joined = self._joined.get((given, end))
        if joined is None:
            joined = self._joined[given, end] = b"".join(self.frames[given:])
        return joined


class Flusher:
    """Remembers which connections have something queued, and flushes each once."""

    def __init__(self) -> None:
        self._frames = self._ticks = 0
        self._waiting: dict[Subscriber, None] = {}
        self._shared: dict[int, _Shared] = {}

    def send(self, subscriber: Subscriber, frame: bytes) -> None:
        """Queue `frame`; it leaves with the next `flush`."""
        for shared in self._shared.values():
            self._give(shared, subscriber)
        subscriber.send(frame)
        self._frames += 1
        self._waiting[subscriber] = None

    def share(self, members: Mapping[Subscriber, None], frame: bytes) -> None:
        """Queue `frame` for everybody who is in `members`, or leaves it, until the next `flush`."""
        if not members:
            return
        shared = self._shared.get(id(members))
        if shared is None:
            shared = self._shared[id(members)] = _Shared(members)
        shared.frames.append(frame)
        self._frames += len(members)

    def joins(self, members: Mapping[Subscriber, None], subscriber: Subscriber) -> None:
        """`subscriber` comes to `members`: what was shared before is not for them."""
        shared = self._shared.get(id(members))
        if shared is not None:
            shared.given[subscriber] = len(shared.frames)

    def send_at_once(self, members: Mapping[Subscriber, TickTarget], key: str, frame: bytes) -> None:
        """Send `frame` to each where nothing is queued before it; elsewhere it is queued. `key` must be no other frame's."""
        for shared in self._shared.values():
            for subscriber in members:
                self._give(shared, subscriber)
        self._frames += len(members)
        self._send_ticks(members, key, frame)

    def send_ticks(self, members: Mapping[Subscriber, TickTarget], key: str, frame: bytes) -> None:
        """Send a frame to each; where something waits already it is queued for the next `flush`, and replaces an unsent one of
        the same key.
        """
        self._ticks += len(members)
        self._send_ticks(members, key, frame)

    def _send_ticks(self, members: Mapping[Subscriber, TickTarget], key: str, frame: bytes) -> None:
        waits = False
        for target in members.values():  # whoever only gets a tick is not looked at: that would be a miss of the cache
            if target.send_tick(key, frame):
                waits = True
        if waits:
            self._waiting.update(dict.fromkeys(members))

    def flush(self) -> None:
        """Let everything queued leave, one send per connection."""
        shared, self._shared = self._shared, {}
        for group in shared.values():
            for subscriber in group.members:
                self._give(group, subscriber)
        waiting, self._waiting = self._waiting, {}
        for subscriber in waiting:
            subscriber.flush()

    def _give(self, shared: _Shared, subscriber: Subscriber) -> None:
        if subscriber not in shared.members:
            return
        due = shared.due(subscriber)
        if due:
            subscriber.send(due)
            self._waiting[subscriber] = None

    @property
    def statistics(self) -> FlusherStatistics:
        return FlusherStatistics(self._frames, self._ticks)
