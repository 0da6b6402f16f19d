"""The server with a line of JSON on stdout for every line on stdin: how long steps of tasks held the loop.

    python -m tests.drills.held_server serve ...

Since the line before, in CPU time of the loop's thread, so that whatever else runs on the machine does not count.
"""

import gc
import json
import os
import time
from typing import Any

import trio

import gateway.server
from gateway.cli import main
from tests.drills.crashing import crash_at_the_word

KEPT = 10
"""The longest steps, each with its task's name."""


class Holds(trio.abc.Instrument):
    """Times every step of every task, and the collections of garbage within them."""

    def __init__(self) -> None:
        self.reset()
        gc.callbacks.append(self.collected)

    def reset(self) -> None:
        self.longest: list[tuple[float, str]] = []
        self.steps = 0
        self.collections = 0.0
        self._began = self._collection_began = time.thread_time()

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self._began = time.thread_time()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        seconds = time.thread_time() - self._began
        self.steps += 1
        if len(self.longest) < KEPT or seconds > self.longest[-1][0]:
            self.longest = sorted([*self.longest, (seconds, task.name)], reverse=True)[:KEPT]

    def collected(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._collection_began = time.thread_time()
        else:
            self.collections = max(self.collections, time.thread_time() - self._collection_began)

    def report(self) -> dict[str, Any]:
        longest = [{"ms": round(seconds * 1000, 3), "task": name} for seconds, name in self.longest]
        found = {"longest": longest, "steps": self.steps, "collectionMs": round(self.collections * 1000, 3)}
        self.reset()
        return found


async def answer_lines(holds: Holds) -> None:
    async with trio.lowlevel.FdStream(os.dup(0)) as lines:
        while await lines.receive_some():
            print(json.dumps(holds.report()), flush=True)


serve = gateway.server.serve


async def serve_and_answer(*given: Any, task_status: trio.TaskStatus[Any], **named: Any) -> None:
    holds = Holds()
    trio.lowlevel.add_instrument(holds)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer_lines, holds)
        await serve(*given, task_status=task_status, **named)


if __name__ == "__main__":
    crash_at_the_word()
    gateway.server.serve = serve_and_answer
    main()
