"""Who is connected to a session, and who speaks: volatile, never stored.

The supervisor changes it; rooms read it. A user is present while one of their connections is. When the last one goes, their seat is
held for `seat_hold_seconds`; `expired` then names them.
"""

import heapq

from actors.request import Subscriber
from actors.speech import Speech


class Presence:
    """The connections of a session's users. Args: seat_hold_seconds: How long the seat of the absent is held."""

    def __init__(self, seat_hold_seconds: int) -> None:
        self._hold_ms = seat_hold_seconds * 1000
        self._connections: dict[str, dict[Subscriber, None]] = {}
        self._held: dict[str, int] = {}
        self._holds: list[tuple[int, str]] = []
        self.speech = Speech()

    def connected(self, user_id: str) -> bool:
        return user_id in self._connections

    def user_ids(self) -> list[str]:
        """Everybody present, in the order in which they came."""
        return list(self._connections)

    def connections(self, user_id: str) -> list[Subscriber]:
        """The user's connections, oldest first."""
        return list(self._connections.get(user_id, ()))

    def everybody(self) -> list[Subscriber]:
        """Every connection of the session."""
        return [subscriber for connections in self._connections.values() for subscriber in connections]

    def add(self, subscriber: Subscriber) -> bool:
        """Returns whether the user arrives: had no connection before."""
        user_id = subscriber.caller.user.id
        arrives = user_id not in self._connections
        self._connections.setdefault(user_id, {})[subscriber] = None
        self._held.pop(user_id, None)
        return arrives

    def remove(self, subscriber: Subscriber) -> bool:
        """Returns whether the user is gone: this was their last connection."""
        user_id = subscriber.caller.user.id
        connections = self._connections.get(user_id)
        if connections is None or subscriber not in connections:
            return False
        del connections[subscriber]
        if connections:
            return False
        del self._connections[user_id]
        return True

    def hold(self, user_id: str, now: int) -> None:
        """Begin to hold the seat of somebody who is gone."""
        until = now + self._hold_ms
        self._held[user_id] = until
        heapq.heappush(self._holds, (until, user_id))

    def next_expiry(self) -> int | None:
        """When the next hold ends; None when no seat is held."""
        while self._holds and self._held.get(self._holds[0][1]) != self._holds[0][0]:
            heapq.heappop(self._holds)
        return self._holds[0][0] if self._holds else None

    def expired(self, now: int) -> list[str]:
        """Those whose hold is over; they are no longer held afterwards."""
        over = []
        while (at := self.next_expiry()) is not None and at <= now:
            user_id = heapq.heappop(self._holds)[1]
            del self._held[user_id]
            over.append(user_id)
        return over
