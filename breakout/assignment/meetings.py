"""Who has met whom: counted from the stays of a session's history, for ROTATE."""

from collections.abc import Iterable, Iterator

from breakout.ports import Stay

PAIRS_PER_STEP = 2_000
"""Pairs counted between two points at which an event loop may turn: about a millisecond."""


class Meetings:
    """Counts, per pair of people, how often they were in one room at the same time.

    Iterate over it to the end, with a checkpoint after each step; then `met` is complete. A long stay that overlaps two stays of
    somebody who left and came back counts twice.
    """

    def __init__(self, stays: Iterable[Stay]) -> None:
        self.met: dict[tuple[str, str], int] = {}
        self._rooms: dict[str, list[Stay]] = {}
        for stay in stays:
            self._rooms.setdefault(stay.room_id, []).append(stay)

    def __iter__(self) -> Iterator[None]:
        counted = 0
        for stays in self._rooms.values():
            present: list[Stay] = []
            for stay in sorted(stays, key=lambda s: s.joined_at):
                present = [other for other in present if other.left_at is None or other.left_at > stay.joined_at]
                self._meet(stay, present)
                counted += len(present) + 1
                present.append(stay)
                if counted >= PAIRS_PER_STEP:
                    counted = 0
                    yield

    def _meet(self, stay: Stay, present: list[Stay]) -> None:
        for other in present:
            if other.user_id != stay.user_id:
                pair = (min(stay.user_id, other.user_id), max(stay.user_id, other.user_id))
                self.met[pair] = self.met.get(pair, 0) + 1
