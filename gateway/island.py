"""Every connection is an island: whatever one of its tasks raises ends this connection alone, is counted and logged.

The tasks of all connections are in one nursery. One more for each connection would cost 20 us and 20 objects, and a connection
seldom has a second task: one that ends with the socket at the latest.
"""

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any

import structlog
import trio

from gateway.link import Link

log = structlog.get_logger("gateway.listener")

Work = Callable[..., Awaitable[None]]


class Island:
    """One connection and its tasks. Args: failed: Called when one of them raised what was not the connection's to raise: a bug."""

    __slots__ = ("_broken", "_context", "_failed", "_link", "_nursery", "_tasks")

    def __init__(self, link: Link, nursery: trio.Nursery, failed: Callable[[], None]) -> None:
        self._link = link
        self._nursery = nursery
        self._failed = failed
        self._tasks = 0
        self._broken = False
        self._context = copy_context()  # until the connection's own task has one

    def begin(self, life: Work, *args: object) -> None:
        """Start the connection's own task, which ends the connection: the socket is closed after it."""
        self._start(life, args, True)

    def spawn(self, work: Work, *args: object) -> None:
        """Start a task beside it. It must end by itself once the socket is closed; if it raises, the socket is closed."""
        self._start(work, args, False)

    def _start(self, work: Work, args: tuple[object, ...], own: bool) -> None:
        self._tasks += 1
        self._nursery.start_soon(self._run, work, args, own, name=work)

    async def _run(self, work: Work, args: tuple[Any, ...], ends: bool) -> None:
        if ends:  # the connection's own
            self._context = trio.lowlevel.current_task().context
        try:
            await work(*args)
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            log.debug("connection_lost", client=self._link.peer)
            ends = True
        except* Exception as failure:  # noqa: BLE001 - logged by `_note`
            self._note(failure)
            ends = True
        finally:
            if ends:
                await trio.aclose_forcefully(self._link.stream)
            self._tasks -= 1
            if not self._tasks and isinstance(self._link.stream, trio.SSLStream):
                vars(self._link.stream).clear()  # it holds a method of its own; apart, they leave memory at once: 30 KB

    def _note(self, failure: BaseException) -> None:
        """Once: what else is raised follows from it. In the connection's name, whoever started the task that failed."""
        if self._broken:
            return
        self._broken = True
        self._failed()
        if trio.lowlevel.current_task().context is self._context:
            self._log(failure)
        else:
            self._context.run(self._log, failure)

    def _log(self, failure: BaseException) -> None:
        log.error("connection_failed", client=self._link.peer, exc_info=failure)
