"""Differences gathered over a short window, so that a join storm costs one frame per topic and window.

Rosters leave at most 50 ms after their first difference, room cards and the lobby at most every 250 ms. One task serves all
sessions: it sleeps while nothing is pending.

A move between rooms looks atomic to those who watch: the frame in which somebody leaves goes out before the one in which they
appear elsewhere, and `joined` elsewhere implies `left` here, whichever of the two changes was committed first.
"""

import math
from collections.abc import Callable, Iterable

import trio
from attrs import Factory, define

from actors.effects import RosterChanged
from breakout.contract.objects import Participant

ROSTER_WINDOW_SECONDS = 0.05
"""Promised by the protocol: differences of a roster within 50 ms."""

CARD_WINDOWS = 5
"""Cards and the lobby leave with every fifth roster window: at most every 250 ms."""

CARD_SHARE = 0.05
"""Of the loop's time that cards may take. Where many people watch many rooms they leave less often than every 250 ms, so that a
join storm is not slowed by the news of it."""

MAX_CARD_SECONDS = 1.0
"""The longest that cards wait, whatever they cost."""


@define
class RosterDiff:
    """What changed in one room's roster since the last frame; each user is in one of the three."""

    joined: dict[str, Participant] = Factory(dict)
    left: dict[str, None] = Factory(dict)
    changed: dict[str, Participant] = Factory(dict)


class RosterDiffs:
    """The pending differences of a session's rooms, and where each user was last shown."""

    def __init__(self) -> None:
        self._diffs: dict[str, RosterDiff] = {}
        self._shown: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._diffs)

    def add(self, effect: RosterChanged) -> None:
        diff = self._diffs.setdefault(effect.room_id, RosterDiff())
        for participant in effect.joined:
            self._join(effect.room_id, participant)
        for user_id in effect.left:
            self._leave(effect.room_id, user_id)
        for participant in effect.changed:
            if self._shown.get(participant.user_id) == effect.room_id:
                known = diff.joined if participant.user_id in diff.joined else diff.changed
                known[participant.user_id] = participant

    def show(self, room_id: str, user_ids: Iterable[str]) -> None:
        """Note that these people sit in the room, without telling anybody: they did when the session was loaded."""
        self._shown.update(dict.fromkeys(user_ids, room_id))

    def take(self) -> list[tuple[str, RosterDiff]]:
        """The pending differences in an order that never shows anybody in two rooms; nothing is pending afterwards."""
        pending, self._diffs = self._diffs, {}
        return ordered_diffs(pending)

    def _join(self, room_id: str, participant: Participant) -> None:
        user_id = participant.user_id
        former = self._shown.get(user_id)
        if former is not None and former != room_id:
            self._leave(former, user_id)
        self._shown[user_id] = room_id
        diff = self._diffs[room_id]
        diff.left.pop(user_id, None)
        diff.changed.pop(user_id, None)
        diff.joined[user_id] = participant

    def _leave(self, room_id: str, user_id: str) -> None:
        diff = self._diffs.setdefault(room_id, RosterDiff())
        if self._shown.get(user_id) != room_id:
            return
        del self._shown[user_id]
        diff.joined.pop(user_id, None)
        diff.changed.pop(user_id, None)
        diff.left[user_id] = None


def ordered_diffs(pending: dict[str, RosterDiff]) -> list[tuple[str, RosterDiff]]:
    """Order the rooms' differences so that everybody leaves before they appear elsewhere.

    A room whose people still sit elsewhere waits. Where rooms wait for each other (a swap), the first of them is shown in two
    frames: those who leave, and later those who come.
    """
    waiting = dict(pending)
    ordered: list[tuple[str, RosterDiff]] = []
    while waiting:
        still_seated = {user_id for diff in waiting.values() for user_id in diff.left}
        ready = [room for room, diff in waiting.items() if still_seated.isdisjoint(diff.joined)]
        if not ready:
            room, diff = next((r, d) for r, d in waiting.items() if d.left)
            ordered.append((room, RosterDiff(left=diff.left)))
            waiting[room] = RosterDiff(joined=diff.joined, changed=diff.changed)
        ordered += [(room, waiting.pop(room)) for room in ready]
    return ordered


class Coalescer:
    """The one task that lets pending differences leave when their window is over."""

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush
        self._rosters: dict[Callable[[], None], None] = {}
        self._cards: dict[Callable[[], None], None] = {}
        self._pending = trio.Event()

    def roster_due(self, publish: Callable[[], None]) -> None:
        """Call `publish` at the end of the present 50 ms window; once, however often it is asked."""
        self._rosters[publish] = None
        self._pending.set()

    def card_due(self, publish: Callable[[], None]) -> None:
        """Call `publish` at the end of the present 250 ms window; once, however often it is asked."""
        self._cards[publish] = None
        self._pending.set()

    async def run(self) -> None:
        """Serve until cancelled."""
        window, card_window = 0, CARD_WINDOWS
        while True:
            await self._pending.wait()
            await trio.sleep(ROSTER_WINDOW_SECONDS)
            window += 1
            due, self._rosters = list(self._rosters), {}
            for publish in due:
                publish()
            if window >= card_window:
                window, card_window = 0, window_after(self._publish_cards())
            self._flush()
            if not self._rosters and not self._cards:
                self._pending = trio.Event()
                window = 0

    def _publish_cards(self) -> float:
        """Let the cards leave, and whatever else waits. Returns the seconds it took."""
        started = trio.current_time()
        cards, self._cards = list(self._cards), {}
        for publish in cards:
            publish()
        self._flush()
        return trio.current_time() - started


def window_after(spent_seconds: float) -> int:
    """How many roster windows until cards leave again, when they took so long now."""
    windows = math.ceil(spent_seconds / CARD_SHARE / ROSTER_WINDOW_SECONDS)
    return max(CARD_WINDOWS, min(windows, round(MAX_CARD_SECONDS / ROSTER_WINDOW_SECONDS)))
