"""How fast one connection may send commands, and when it has been told often enough."""

from attrs import frozen

FLOOD_MS = 10_000
"""Promised by the protocol: a client that keeps on for 10 s is closed with 4029."""

CALM_MS = 2_000
"""A client that was not refused for this long has stopped flooding."""

FAULT_LIMIT = 20
FAULT_WINDOW_MS = 10_000
"""Promised by the protocol: 20 malformed frames in 10 s close the connection with 1008."""


@frozen
class Verdict:
    """What to do with a command: `retry_after_ms` is 0 when it may run; `flooding` when the connection is to end."""

    retry_after_ms: int = 0
    flooding: bool = False


ALLOWED = Verdict()


class CommandRate:
    """A token bucket with a memory of how long its client has ignored it. All times are milliseconds."""

    __slots__ = ("_burst", "_flooding_since", "_last_refused_at", "_per_second", "_seen_at", "_tokens")

    def __init__(self, per_second: int, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = float(burst)
        self._seen_at = 0
        self._flooding_since: int | None = None
        self._last_refused_at = 0

    def take(self, now: int) -> Verdict:
        """Count one command at `now`."""
        elapsed = max(0, now - self._seen_at)
        self._tokens = min(self._burst, self._tokens + elapsed * self._per_second / 1000)
        self._seen_at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return ALLOWED
        return self._refuse(now)

    def _refuse(self, now: int) -> Verdict:
        if self._flooding_since is None or now - self._last_refused_at > CALM_MS:
            self._flooding_since = now
        self._last_refused_at = now
        missing = (1 - self._tokens) * 1000 / self._per_second
        return Verdict(max(1, round(missing)), flooding=now - self._flooding_since >= FLOOD_MS)


class FaultCount:
    """The latest malformed frames of one connection."""

    __slots__ = ("_times",)

    def __init__(self) -> None:
        self._times: tuple[int, ...] = ()

    def add(self, now: int) -> bool:
        """Count one at `now`. Returns whether there are too many."""
        self._times = (*(at for at in self._times if at > now - FAULT_WINDOW_MS), now)
        return len(self._times) >= FAULT_LIMIT
