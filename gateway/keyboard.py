"""Keys as they are pressed, without the line that a terminal usually waits for."""

import os
import select
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

ARROWS: Final = {b"\x1b[A": "up", b"\x1b[B": "down", b"\x1bOA": "up", b"\x1bOB": "down"}

LONGEST_KEY: Final = 16
"""Bytes of one press; what terminals send for a key stays below."""


@contextmanager
def keys_at_once(descriptor: int) -> Iterator[None]:
    """Inside, keys come without Enter and are not echoed; Ctrl-C still interrupts."""
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def read_key(descriptor: int, seconds: float) -> str | None:
    """The next key - `up`, `down`, or its character - or None when none comes in time; `q` at the end of input."""
    if not select.select([descriptor], [], [], seconds)[0]:
        return None
    pressed = os.read(descriptor, LONGEST_KEY)
    if not pressed:
        return "q"
    return ARROWS.get(pressed) or pressed.decode(errors="replace")[:1]
