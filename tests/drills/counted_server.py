"""The server with a line of JSON on stdout for every line on stdin: tasks, descriptors and memory, after a collection.

`blocks` is how many pieces of memory Python's objects take, to the last one; `kib` has what C took as well.

    python -m tests.drills.counted_server serve ...
"""

import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

import trio

import gateway.server
from gateway.cli import main


def counts() -> dict[str, int]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return {
        "tasks": trio.lowlevel.current_statistics().tasks_living,
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "kib": pages * os.sysconf("SC_PAGE_SIZE") // 1024,
        "blocks": sys.getallocatedblocks(),
    }


async def answer_lines() -> None:
    async with trio.lowlevel.FdStream(os.dup(0)) as lines:
        while await lines.receive_some():
            print(json.dumps(counts()), flush=True)


serve = gateway.server.serve


async def serve_and_answer(*given: Any, task_status: trio.TaskStatus[Any], **named: Any) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer_lines)
        await serve(*given, task_status=task_status, **named)


if __name__ == "__main__":
    gateway.server.serve = serve_and_answer
    main()
