"""A contender with its people: what scenarios work with."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import define, frozen

from bench.contender import Contender, Launch
from bench.dialect import JOIN
from bench.generators import Clients, Generators, generators
from bench.histogram import merged
from bench.knobs import Knobs
from bench.process import ANYWHERE, Place
from bench.target import Server
from bench.workers import Workers

SETTLE_SECONDS = 1.0
"""After everybody is in: coalesced frames leave within 250 ms, and a snapshot is no part of what is measured."""


class ArenaFailed(Exception):
    """The stage could not be set: somebody did not get in."""


@define
class Span:
    """What happened between the beginning and the end of a measurement.

    Attributes:
        generator_share: Of its core, by the busiest process that makes load.
        lateness_ms: Of the server's event loop, by percentile; empty for peers.
        shares: Of a core, by the server's front and each of its workers; empty where it is one process.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    generator_share: float = 0.0
    lateness_ms: dict[str, float] | None = None
    shares: Sequence[float] = ()


@frozen(eq=False)
class Arena:
    """See the module's text."""

    contender: Contender
    crowd: Generators
    knobs: Knobs

    def enter(self, how: str = JOIN, *, sessions_at_once: int | None = None) -> list[dict[str, Any]]:
        """Let everybody in who is not, all sessions together or so many at once. Raises: ArenaFailed: Not everybody got in."""
        slots = self.crowd.slots(self.knobs.window)
        reports = self.crowd.do("enter", in_flight=slots, how=how, sessions_at_once=sessions_at_once)
        missing = sum(report["wanted"] - report["entered"] for report in reports)
        if missing:
            raise ArenaFailed(f"{missing} of {self.knobs.people} people did not get in{self._why()}")
        return reports

    def _why(self) -> str:
        codes = Counter[str]()
        for report in self.crowd.do("status"):
            codes.update(report["lost"])
        return ": connections ended with " + ", ".join(f"{code} ({count} x)" for code, count in codes.items()) if codes else ""

    def settle(self) -> None:
        """Let what is under way end; the people answer pings meanwhile."""
        time.sleep(SETTLE_SECONDS)

    @contextmanager
    def measured(self) -> Iterator[Span]:
        """Measure the block."""
        span, server, own = Span(), self.contender.server, self.contender.name == "breakout"
        if own:
            server.ask("stats")
        each, cpu = _each(server), server.usage.cpu_seconds
        crowd, started = self.crowd.busy_seconds(), time.perf_counter()
        yield span
        span.seconds = time.perf_counter() - started
        span.cpu_seconds = server.usage.cpu_seconds - cpu
        span.shares = [(after - before) / span.seconds for before, after in zip(each, _each(server), strict=False)]
        used = [after - before for before, after in zip(crowd, self.crowd.busy_seconds(), strict=True)]
        span.generator_share = self.crowd.busiest(used) / span.seconds
        if own:
            span.lateness_ms = server.ask("stats")["lateness_ms"]


def _each(server: Server) -> list[float]:
    """CPU seconds of the front and of each worker."""
    return [one.cpu_seconds for one in server.each] if isinstance(server, Workers) else []


@frozen
class Field:
    """Where and how arenas are set up. Attributes: generator_places: One process that makes load for each."""

    launch: Launch
    generator_places: Sequence[Place] = (ANYWHERE,)

    @contextmanager
    def arena(self, name: str, knobs: Knobs) -> Iterator[Arena]:
        """A contender with rooms, and people who are not connected yet. Raises: TargetFailed, NodeMissing."""
        contender = self.launch.start(name, knobs)
        try:
            server = contender.server
            clients = Clients(contender.dialect, server.address, server.tokens, contender.rooms, knobs.people)
            with generators(clients, self.generator_places) as crowd:
                crowd.do("prepare")
                yield Arena(contender, crowd, knobs)
        finally:
            contender.leave()


def histogram_of(reports: list[dict[str, Any]], name: str) -> Any:
    """The histogram `name` of all processes together."""
    return merged(report[name] for report in reports)


def total(reports: list[dict[str, Any]], name: str) -> float:
    return float(sum(report[name] for report in reports))
