"""Logging: structlog on stderr, lines for people on a terminal and JSON for machines.

What libraries and the store log through the standard library takes the same way. The level can be changed at run time; audit
lines are logged at every level. Tracebacks never show local variables: those hold tokens and what people wrote.
"""

import logging
import sys
from contextlib import suppress
from typing import Final, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LEVELS: Final = ("debug", "info", "warning", "error")

NUMBERS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}
"""By structlog's names of methods; `exception` is "error" to its processors."""

AUDIT: Final = "audit"
"""The event of lines that say what an operator did."""

TALKATIVE: Final = ("pykka", "httpx", "httpcore", "h11", "trio-websocket", "wsproto")
"""Libraries whose own lines say nothing to an operator below warnings."""


class LogLevel:
    """The least that is logged, for the whole process."""

    def __init__(self) -> None:
        self._name = "info"
        self._number = logging.INFO

    @property
    def name(self) -> str:
        return self._name

    @property
    def debugging(self) -> bool:
        """Whether debug lines are logged: asked first where every command would make one, since a dropped line costs 4 us."""
        return self._number <= logging.DEBUG

    def set(self, name: str) -> None:
        """Log from `name`, one of `LEVELS`, on."""
        self._number = NUMBERS[name]
        self._name = name
        logging.getLogger().setLevel(self._number)

    def pass_or_drop(self, _logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """A structlog processor."""
        if NUMBERS[method] < self._number and event.get("event") != AUDIT:
            raise structlog.DropEvent
        return event


class UnfailingStream:
    """What is written while `stream` takes nothing - its disk is full, its reader is gone - is lost, and nobody is told.

    Whoever logs is in the middle of something that must go on, such as loading a session again after its disk was full.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()


LOG_LEVEL: Final = LogLevel()


def configure_logs(level: str, form: str, stream: TextIO | None = None) -> None:
    """Set up logging for the process. `form` is auto, console or json; auto is console on a terminal.

    Loggers remember where they write from their first line on, unless `stream` is given in place of stderr.
    """
    target = UnfailingStream(stream or sys.stderr)
    console = form == "console" or (form == "auto" and target.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering = _rendering(console)
    structlog.configure(
        processors=[LOG_LEVEL.pass_or_drop, *shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, target)),  # one write a line: several processes share stderr
        cache_logger_on_first_use=stream is None,
    )
    _take_over_standard_logging(shared, rendering, target)
    LOG_LEVEL.set(level)


def _rendering(console: bool) -> list[Processor]:
    if console:
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _take_over_standard_logging(shared: list[Processor], rendering: list[Processor], target: UnfailingStream) -> None:
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.getLogger().handlers = [handler]
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
