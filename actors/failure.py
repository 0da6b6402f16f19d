"""What is told of a failure: its kind and its place in the program."""

import traceback
from typing import Final

OWN: Final = ("actors.", "breakout.", "gateway.", "persistence.")


def failure_text(error: BaseException) -> str:
    """Such as `KeyError at breakout/room_apply.py:88`: the innermost place in our own code.

    Never the error's message, which may quote what somebody wrote; the log has the traceback.
    """
    frames = list(traceback.walk_tb(error.__traceback__))
    own = [(frame, line) for frame, line in frames if _module(frame.f_globals).startswith(OWN)]
    if not frames:
        return type(error).__name__
    frame, line = (own or frames)[-1]
    return f"{type(error).__name__} at {_module(frame.f_globals).replace('.', '/')}.py:{line}"


def _module(names: dict[str, object]) -> str:
    return str(names.get("__name__"))
