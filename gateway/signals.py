"""What a server does at signals.

    SIGTERM, SIGINT    drain, and end
    SIGHUP             read the certificate again; where the terminal has gone, as SIGTERM
    SIGUSR1            say what every task is doing, and where every thread is
"""

import faulthandler
import signal
import ssl
import sys
from collections.abc import AsyncIterator

import structlog
import trio

from gateway.settings import Settings
from gateway.task_tree import task_tree
from gateway.tls import renew_at_signal

log = structlog.get_logger(__name__)


async def stop_at_signal(signals: AsyncIterator[int], stop: trio.Event) -> None:
    """Set `stop` at any of the signals."""
    async for _ in signals:
        stop.set()


async def heed_hangups(
    hangups: AsyncIterator[int], stop: trio.Event, settings: Settings, context: ssl.SSLContext | None
) -> None:
    """At SIGHUP read the certificate again; on a terminal, which is gone then, set `stop`."""
    if sys.stderr.isatty():
        await stop_at_signal(hangups, stop)
    else:
        await renew_at_signal(hangups, settings, context)


def say_where_threads_are() -> None:
    """At SIGUSR1 also write to stderr where every thread is, which works where the loop hangs and `log_tasks` has no turn.

    To be called once the signal is received: what does so is called after it.
    """
    faulthandler.register(signal.SIGUSR1, chain=True)


async def log_tasks(questions: AsyncIterator[int]) -> None:
    """Log what every task is doing, whenever SIGUSR1 asks."""
    async for _ in questions:
        log.warning("task tree", tree=task_tree())
