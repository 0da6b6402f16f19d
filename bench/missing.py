"""What must not happen and did: ticks or messages that were lost, doubled, refused, or never answered.

Counted for each person, so that a delivery which one of them lost and one which another had twice do not cancel out.
"""

import math
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import Any

from bench.knobs import Knobs

Reports = Sequence[dict[str, Any]]
"""Of every process that makes load: what `bench.load` and `bench.delivery` say."""

ADVICE = {"rate_limited": "; lower --rate or --window, have more --people, or raise commands_per_second there"}


class Everywhere(Container[int]):
    """All rooms."""

    def __contains__(self, _room: object) -> bool:
        return True


def missing_messages(reports: Reports, knobs: Knobs, rooms: Container[int] = Everywhere(), what: str = "messages") -> list[str]:
    """Faults: every message that was acknowledged goes to everybody in its room, once. Person n sits in room n modulo `rooms`."""
    faults = not_acknowledged(reports, knobs, rooms, what)
    if faults:
        return faults  # what came of those is not known
    said = Counter(number % knobs.rooms for number, _ in _pairs(reports, "acknowledged"))
    heard = Counter(dict(_pairs(reports, "heard")))
    inside = [number for number in range(knobs.people) if number % knobs.rooms in rooms]
    lost = [said[number % knobs.rooms] - heard[number] for number in inside]
    return _faults("deliveries", sum(n for n in lost if n > 0), -sum(n for n in lost if n < 0))


def not_acknowledged(reports: Reports, knobs: Knobs, rooms: Container[int] = Everywhere(), what: str = "messages") -> list[str]:
    """Faults: what was sent and refused, by code, and what was never answered."""
    refusals = Counter(code for number, code in _pairs(reports, "refused") if number % knobs.rooms in rooms)
    unanswered = sum(number % knobs.rooms in rooms for report in reports for number in report["unanswered"])
    faults = [f"{count} {what} refused: {code}{ADVICE.get(code, '')}" for code, count in refusals.items()]
    return [*faults, f"{unanswered} {what} not answered"] if unanswered else faults


def ticks_due(seconds: float, beats: int) -> int:
    """How many ticks fall into so many seconds at the least."""
    return math.floor(seconds * beats)


def missing_ticks(reports: Reports, knobs: Knobs, due: int, rooms: Container[int] = Everywhere()) -> list[str]:
    """Faults: everybody's ticks count down one by one, and all that were `due` have come but for one at the window's edge."""
    lost, doubled = (
        sum(count for number, count in _pairs(reports, name) if number % knobs.rooms in rooms) for name in ("gaps", "doubles")
    )
    faults = _faults("ticks", lost, doubled)
    heard = Counter(dict(_pairs(reports, "heard")))
    late = [heard[number] for number in range(knobs.people) if number % knobs.rooms in rooms and heard[number] < due - 1]
    if late:
        faults.append(f"{len(late)} people heard too few ticks, one of them {min(late)} of {due}")
    return faults


def _faults(what: str, lost: int, doubled: int) -> list[str]:
    return [f"{count} {what} {how}" for count, how in ((lost, "lost"), (doubled, "doubled")) if count]


def _pairs(reports: Reports, name: str) -> Iterable[tuple[int, Any]]:
    return ((number, value) for report in reports for number, value in report[name])
