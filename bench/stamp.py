"""When a delivery was due, read from the frame without decoding it.

A tick is due on its beat, which follows from its end and the beats that are left; a chat message when its sender was to send
it, which stands in its text. Either way a server that is late for everybody at once does not hide it (coordinated omission).
"""

import time
from collections.abc import Callable

Stamp = Callable[[bytes], float | None]
"""Seconds that have passed since a delivery was due; None where the frame carries no stamp."""

CHAT_MARK = b'"text":"due '
TICK_MARK = b'timer.tick"'


def chat_text(due: float) -> str:
    """A text of the length people write; `due` is in seconds of `time.perf_counter`, which all processes of a machine share."""
    return f"due {due * 1e6:.0f} and the rest of what somebody says to the others in a room"


def since_chat_was_due(payload: bytes) -> float | None:
    at = payload.find(CHAT_MARK)
    if at < 0:
        return None
    start = at + len(CHAT_MARK)
    end = payload.find(b" ", start)
    return None if end < 0 else time.perf_counter() - int(payload[start:end]) / 1e6


def since_tick_was_due(beat_ms: int, ahead: float = 0.0) -> Stamp:
    """For timers that tick every `beat_ms`, of a server whose clock is `ahead` seconds ahead; stamps are whole milliseconds."""

    def since(payload: bytes) -> float | None:
        if TICK_MARK not in payload[:40]:
            return None
        ends_at = _number(payload, b'"endsAt":')
        left = _number(payload, b'"remainingSeconds":')
        return time.time() + ahead - (ends_at - left * beat_ms) / 1000

    return since


def ticks_left(payload: bytes) -> int:
    """How many beats a tick says are left. Raises: ValueError: It is no tick."""
    return _number(payload, b'"remainingSeconds":')


def _number(payload: bytes, mark: bytes) -> int:
    start = payload.index(mark) + len(mark)
    end = start
    while payload[end : end + 1].isdigit():
        end += 1
    return int(payload[start:end])
