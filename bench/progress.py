"""How far a run is: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def progress(steps: int) -> Iterator[Callable[[str], None]]:
    """Call what is yielded at the beginning of each of `steps`. Writes to stderr, so that stdout has the figures alone."""
    if sys.stderr.isatty():
        yield from _bar(steps)
        return
    begun, done = time.monotonic(), 0

    def say(text: str) -> None:
        nonlocal done
        done += 1
        print(f"[{done}/{steps}] {time.monotonic() - begun:6.1f} s  {text}", file=sys.stderr, flush=True)

    yield say


def _bar(steps: int) -> Iterator[Callable[[str], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=steps)
        begun = False

        def say(text: str) -> None:
            nonlocal begun
            shown.update(task, description=text, advance=1 if begun else 0)
            begun = True

        yield say
