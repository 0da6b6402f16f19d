"""What a run may be told: how many, for how long, how fast."""

from typing import Any

from attrs import evolve, frozen

MAX_PEOPLE = 20_000
MAX_SECONDS = 24 * 3600


class KnobRefused(Exception):
    """A knob is out of bounds."""


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
    """

    sessions: int = 10
    rooms: int = 250
    people: int = 2000
    seconds: float = 8.0
    rate: float = 0.0
    window: int = 200
    beats: int = 1
    rounds: int = 1

    def __attrs_post_init__(self) -> None:
        """Refuse what is out of bounds. Raises: KnobRefused."""
        bounds = {"sessions": (1, 1000), "rooms": (1, 5000), "people": (0, MAX_PEOPLE), "seconds": (0.1, MAX_SECONDS),
                  "rate": (0, 100_000), "window": (1, 5000), "beats": (1, 20), "rounds": (1, 1000)}  # fmt: skip
        for name, (least, most) in bounds.items():
            if not least <= getattr(self, name) <= most:
                raise KnobRefused(f"--{name} must be from {least} to {most}")
        if self.rooms < self.sessions:
            raise KnobRefused("--rooms must be at least --sessions: every session has a room")

    @property
    def per_room(self) -> int:
        """The most people in one room."""
        return -(-self.people // self.rooms)


def with_given(defaults: Knobs, given: dict[str, Any]) -> Knobs:
    """`defaults`, but for what was given; `per_room` sets the people by the rooms. Raises: KnobRefused."""
    chosen = {name: value for name, value in given.items() if value is not None}
    per_room = chosen.pop("per_room", None)
    if per_room is not None:
        if "people" in chosen:
            raise KnobRefused("give --people or --per-room, not both")
        chosen["people"] = per_room * chosen.get("rooms", defaults.rooms)
    if "rooms" in chosen and "sessions" not in chosen:
        chosen["sessions"] = min(defaults.sessions, chosen["rooms"])
    return evolve(defaults, **chosen)
