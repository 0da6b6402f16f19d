"""What a run may be told: how many, for how long, how fast."""

from collections.abc import Collection, Mapping
from typing import Any

from attrs import evolve, frozen

MAX_PEOPLE = 20_000
MAX_SECONDS = 24 * 3600
MAX_PER_ROOM = 1000

BOUNDS: dict[str, tuple[float, float]] = {
    "sessions": (1, 1000), "rooms": (1, 5000), "people": (0, MAX_PEOPLE), "seconds": (0.1, MAX_SECONDS), "rate": (0.1, 100_000),
    "window": (1, 5000), "beats": (1, 20), "rounds": (1, 1000), "grace": (0, 300),
}  # fmt: skip


class KnobRefused(Exception):
    """A knob is out of bounds, or does nothing in this scenario."""


@frozen(kw_only=True)
class Knobs:
    """Bounded, so that a slip of the keyboard does not load a machine for a week.

    Attributes:
        sessions: Virtual sessions that share the rooms.
        rooms: Rooms altogether.
        people: Connections altogether; person n sits in room n modulo `rooms`.
        seconds: How long the measured part lasts, where it is not over by itself.
        rate: Operations a second, where the scenario is an open loop.
        window: Operations under way at once, where it is a closed loop.
        beats: Ticks a second of each timer.
        rounds: How often something short is done again within a run.
        grace: Seconds between a recall and the closing of the rooms; with 0 the closing is part of what is measured.
    """

    sessions: int = 10
    rooms: int = 250
    people: int = 2000
    seconds: float = 8.0
    rate: float = 100.0
    window: int = 200
    beats: int = 1
    rounds: int = 1
    grace: int = 10

    def __attrs_post_init__(self) -> None:
        """Refuse what is out of bounds. Raises: KnobRefused."""
        within(self, BOUNDS)
        if self.rooms < self.sessions:
            raise KnobRefused("--rooms must be at least --sessions: every session has a room")
        if self.per_room > MAX_PER_ROOM:
            raise KnobRefused(f"a room takes at most {MAX_PER_ROOM:,} people: more --rooms, or fewer --people")

    @property
    def per_room(self) -> int:
        """The most people in one room."""
        return -(-self.people // self.rooms)


def within(knobs: Knobs, bounds: Mapping[str, tuple[float, float]]) -> Knobs:
    """`knobs`, looked at. Raises: KnobRefused: One is out of these bounds."""
    for name, (least, most) in bounds.items():
        if not least <= getattr(knobs, name) <= most:
            raise KnobRefused(f"{option(name)} must be from {least:g} to {most:g}")
    return knobs


def with_given(defaults: Knobs, given: dict[str, Any], heeded: Collection[str]) -> Knobs:
    """`defaults`, but for what was given; `per_room` sets the people by the rooms.

    Raises:
        KnobRefused: One is out of bounds, two do not go together, or the scenario does not heed one.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    _refuse_idle(chosen, heeded)
    per_room = chosen.pop("per_room", None)
    if per_room is not None:
        if "people" in chosen:
            raise KnobRefused("give --people or --per-room, not both")
        chosen["people"] = per_room * chosen.get("rooms", defaults.rooms)
    if "rooms" in chosen and "sessions" not in chosen:
        chosen["sessions"] = max(1, min(defaults.sessions, chosen["rooms"]))
    return evolve(defaults, **chosen)


def _refuse_idle(chosen: dict[str, Any], heeded: Collection[str]) -> None:
    """A knob that would do nothing is refused by name: whoever set it expects something of it."""
    known = {*heeded, "per_room"} if {"people", "rooms"} <= {*heeded} else {*heeded}
    idle = [option(name) for name in chosen if name not in known]
    if idle:
        raise KnobRefused(f"{', '.join(idle)} would do nothing here; there is {', '.join(map(option, heeded))}")


def option(name: str) -> str:
    """As it is written on the command line."""
    return f"--{name.replace('_', '-')}"
