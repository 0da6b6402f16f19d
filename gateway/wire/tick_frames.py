"""The ticks of one running timer: the same frame every second, but for three numbers.

Encoded once with numbers that no tick has, the frame is a pattern from then on. That costs a third of encoding it anew.
"""

import re
from collections.abc import Callable
from typing import Final

from gateway.frame import text_frame

NEVER: Final = -1
"""Stands in the encoded tick where `sentAt`, `remainingSeconds` and `serverAt` go, in this order."""

_PLACES = re.compile(rb'"(?:sentAt|remainingSeconds|serverAt)":-1\b')


def tick_frames(payload: bytes) -> Callable[[int, int], bytes]:
    """What makes a ready frame of the remaining seconds and the present, given a tick's JSON with `NEVER` in its places."""
    pattern = _PLACES.sub(lambda place: place[0].removesuffix(b"-1") + b"%d", payload.replace(b"%", b"%%"))

    def frame(remaining_seconds: int, now: int) -> bytes:
        return text_frame(pattern % (now, remaining_seconds, now))

    return frame
