"""How long a page's tasks keep its main thread busy, in CPU time, so that a busy machine does not lengthen them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import attrs
from playwright.sync_api import Browser


@attrs.define
class Busy:
    """Known when the watch is over."""

    longest_task_ms: float = 0.0


@contextmanager
def main_thread_watched(browser: Browser) -> Iterator[Busy]:
    """Watch every page of the browser; nothing but what is measured may run in it meanwhile."""
    busy = Busy()
    browser.start_tracing(categories=["toplevel", "disabled-by-default-lighthouse"])
    try:
        yield busy
    finally:
        events = json.loads(browser.stop_tracing())["traceEvents"]
    names = {(event["pid"], event["tid"]): event["args"]["name"] for event in events if event["name"] == "thread_name"}
    tasks = [
        event["tdur"] / 1000
        for event in events
        if event["name"].endswith("RunTask") and "tdur" in event and names.get((event["pid"], event["tid"])) == "CrRendererMain"
    ]
    if not tasks:
        raise AssertionError("the trace has no tasks: this Chromium calls them otherwise")
    busy.longest_task_ms = max(tasks)
    print(f"longest task: {busy.longest_task_ms:.0f} ms")
