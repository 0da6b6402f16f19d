"""What every task of the process is doing, as text: for the moment in which something hangs.

    __main__.main                                trio/_core/_run.py:1063 in sleep_forever
      gateway.listener.TransportServer._serve    gateway/stream.py:230 in _read            x 412

Only names and places are shown, no values. Tasks that wait in the same place under the same parent are counted on one line.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import trio

PATH_PARTS = 3
"""Shown of a file's path; enough to tell files of the same name apart."""


def task_tree() -> str:
    """Every task below the present run's root, one line for those that cannot be told apart. From within the event loop."""
    root = trio.lowlevel.current_root_task()
    return "" if root is None else "\n".join(_lines(root, 0))


def _lines(task: trio.lowlevel.Task, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}{task.name}  {_place(task)}"
    below = Counter(
        tuple(_lines(child, depth + 1)) for nursery in task.child_nurseries for child in nursery.child_tasks
    )
    for lines, count in below.items():
        yield lines[0] if count == 1 else f"{lines[0]}  x {count}"
        yield from lines[1:]


def _place(task: trio.lowlevel.Task) -> str:
    """Where the task waits: the innermost frame of ours or of a library above trio's own."""
    places = list(_frames(task.coro))
    outside = [frame for frame in places if "/trio/" not in frame.f_code.co_filename]
    if not places:
        return "not begun"
    frame = (outside or places)[-1]
    path = "/".join(Path(frame.f_code.co_filename).parts[-PATH_PARTS:])
    return f"{path}:{frame.f_lineno} in {frame.f_code.co_name}"


def _frames(coroutine: Any) -> Iterator[FrameType]:
    """The frames of a suspended coroutine and of what it awaits, outermost first."""
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None) or getattr(coroutine, "ag_frame", None)
        if frame is not None:
            yield frame
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None) or getattr(
            coroutine, "ag_await", None
        )
