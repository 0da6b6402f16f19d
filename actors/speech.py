"""Who speaks in their room, on which of their devices, and since when: volatile, never stored.

Speech belongs to a seat, not to its user alone: somebody who moves is silent in the new room until a device says otherwise, and
what they spoke before counts in the room where they said it.
"""

from attrs import Factory, define

from breakout.room import Seat


@define(eq=False)
class _Speaker:
    """Since when each device speaks, in milliseconds."""

    number: int
    devices: dict[object, int] = Factory(dict)


class Speech:
    """The speakers of a session, at most one seat of each user."""

    def __init__(self) -> None:
        self._speakers: dict[str, _Speaker] = {}

    def speaking(self, seat: Seat) -> bool:
        return self._speaker(seat) is not None

    def start(self, seat: Seat, device: object, now: int) -> bool:
        """Returns whether the user begins to speak: none of their devices did."""
        speaker = self._speaker(seat)
        begins = speaker is None
        if speaker is None:
            speaker = self._speakers[seat.user.id] = _Speaker(seat.number)
        speaker.devices.setdefault(device, now)
        return begins

    def stop(self, seat: Seat, device: object, now: int) -> int:
        """One device is silent. Returns for how many seconds the user spoke, if none of their devices speaks now; else 0.

        Overlapping speech of two devices counts once.
        """
        speaker = self._speaker(seat)
        if speaker is None or device not in speaker.devices:
            return 0
        first = min(speaker.devices.values())
        del speaker.devices[device]
        if speaker.devices:
            speaker.devices[next(iter(speaker.devices))] = first
            return 0
        del self._speakers[seat.user.id]
        return _seconds(now - first)

    def silence(self, seat: Seat, now: int) -> int:
        """All devices are silent, because the seat ends. Returns for how many seconds they spoke."""
        speaker = self._speaker(seat)
        if speaker is None:
            return 0
        del self._speakers[seat.user.id]
        return _seconds(now - min(speaker.devices.values()))

    def _speaker(self, seat: Seat) -> _Speaker | None:
        speaker = self._speakers.get(seat.user.id)
        return speaker if speaker is not None and speaker.number == seat.number else None


def _seconds(duration_ms: int) -> int:
    """Rounded to the nearest whole second."""
    return (max(0, duration_ms) + 500) // 1000
