"""Idempotency keys of a session: the same command is done once, and everybody who asks gets the first reply.

A key belongs to its user. It is remembered for 10 minutes from the decision, in memory and, with the reply, in the same commit as
the change. A refusal that says nothing about the command itself (`errors.TRANSIENT_CODES`) frees its key again.
"""

from collections import deque
from collections.abc import Iterable

from attrs import Factory, define

from actors.request import Request
from actors.steady_clock import SteadyClock
from breakout.errors import TRANSIENT_CODES, Conflict, Overloaded
from breakout.ports import KeyedReply

KEY_LIFETIME_MS = 600_000
"""Promised by the protocol: ten minutes."""

MAX_KEYS = 50_000
"""Of one session at once; a session of 1,000 people who each send a keyed command every ten seconds has 60,000 in ten minutes, and
at about 600 bytes each this bounds a session's ledger at 30 MB. Beyond it commands with new keys are refused `overloaded`."""


@define(eq=False)
class _Entry:
    digest: bytes
    at: int
    body: bytes | None = None
    waiting: list[Request] = Factory(list)


class KeyLedger:
    """The keys of one session. Args: stored: What the store remembers."""

    def __init__(self, stored: Iterable[KeyedReply], clock: SteadyClock) -> None:
        self._clock = clock
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._by_age: deque[tuple[int, tuple[str, str]]] = deque()
        for reply in sorted(stored, key=lambda r: r.at):
            self._add((reply.user_id, reply.key), _Entry(reply.digest, reply.at, reply.reply))

    def __len__(self) -> int:
        return len(self._entries)

    def claim(self, request: Request) -> bytes | None | bool:
        """Ask whether a keyed command should run.

        Returns:
            True when it is the first under its key and should run; None when the first one still runs, and `request` will be
            answered together with it; the first one's reply body when that is known.

        Raises:
            Conflict: Another command was sent under this key.
            Overloaded: Too many keys are remembered.
        """
        self._forget_old()
        key = (request.caller.user.id, str(request.idempotency_key))
        entry = self._entries.get(key)
        if entry is None:
            if len(self._entries) >= MAX_KEYS:
                raise Overloaded
            self._add(key, _Entry(request.digest, self._clock.now()))
            return True
        if entry.digest != request.digest:
            raise Conflict("this idempotency key was used for another command")
        if entry.body is not None:
            return entry.body
        if len(entry.waiting) >= MAX_WAITING:
            raise Overloaded
        entry.waiting.append(request)
        return None

    def settle(self, request: Request, body: bytes, code: str | None) -> list[Request]:
        """Note the reply to the first command under a key. Returns the requests that waited for it."""
        if request.idempotency_key is None or not request.spec.changes:
            return []
        key = (request.caller.user.id, request.idempotency_key)
        entry = self._entries.get(key)
        if entry is None or entry.body is not None:
            return []
        waiting, entry.waiting = entry.waiting, []
        if code in TRANSIENT_CODES:
            del self._entries[key]
        else:
            entry.body = body
        return waiting

    def _add(self, key: tuple[str, str], entry: _Entry) -> None:
        self._entries[key] = entry
        self._by_age.append((entry.at, key))

    def _forget_old(self) -> None:
        oldest = self._clock.now() - KEY_LIFETIME_MS
        while self._by_age and self._by_age[0][0] < oldest:
            at, key = self._by_age.popleft()
            entry = self._entries.get(key)
            if entry is not None and entry.at == at:
                del self._entries[key]


MAX_WAITING = 16
"""Repetitions of one command that may wait for its reply at once; a client that resends more often gains nothing."""
