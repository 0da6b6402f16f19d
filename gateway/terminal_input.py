"""Lines from a terminal, a pipe or a file, and what they mean as commands."""

import os
from collections.abc import AsyncGenerator
from typing import Any

import orjson
import trio
from attrs import frozen

PREFIX = "breakout."
CHUNK_BYTES = 64 * 1024


class LineRefused(ValueError):
    """A line is no command; it was not sent. The message says how one looks."""


@frozen
class Line:
    """One command as it was typed."""

    event: str
    data: dict[str, Any]


def parse_line(text: str) -> Line | None:
    """The command in a line, or None where it is empty or a remark (#).

    Raises:
        LineRefused: What follows the event is not a JSON object.
    """
    stripped = text.strip()
    if not stripped or stripped.startswith("#"):
        return None
    event, _, rest = stripped.partition(" ")
    try:
        data = orjson.loads(rest) if rest.strip() else {}
    except orjson.JSONDecodeError as error:
        raise LineRefused(f"the data of {event} is not JSON ({error}); write: room.join {{\"roomId\": \"...\"}}") from None
    if not isinstance(data, dict):
        raise LineRefused(f"the data of {event} must be a JSON object, like {{\"roomId\": \"...\"}}")
    return Line(event if event.startswith(PREFIX) else PREFIX + event, data)


async def read_lines(descriptor: int) -> AsyncGenerator[str, None]:
    """Lines of a descriptor until its end; the last one needs no line break.

    Reads in a thread, since a terminal's flags belong to the shell and must not be changed. With `os.read` and not with
    `sys.stdin`: a thread left behind in a read of `sys.stdin` holds its lock, and the interpreter dies of it at exit.
    """
    rest = b""
    while chunk := await trio.to_thread.run_sync(os.read, descriptor, CHUNK_BYTES, abandon_on_cancel=True):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace")
    if rest:
        yield rest.decode("utf-8", "replace")
