"""The processes that make load, from the harness' side: the same operation for all of them, at the same time."""

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from bench.process import ANYWHERE, Place, busy_seconds
from bench.target import Address
from bench.token import Tokens

HEAD_START_SECONDS = 0.2
"""For every process to have read its order."""


class GeneratorFailed(Exception):
    """A process that makes load died, or could not go on; what it said is repeated."""


@frozen(eq=False)
class Generators:
    """Some processes with a share of the clients each. Attributes: places: Where each of them runs."""

    processes: Sequence[subprocess.Popen[str]]
    places: Sequence[Place]

    def do(self, operation: str, **options: Any) -> list[dict[str, Any]]:
        """Have every process do the operation; returns when the last is done. Raises: GeneratorFailed."""
        self.begin(operation, **options)
        return self.finish()

    def begin(self, operation: str, **options: Any) -> None:
        """Have every process begin; `finish` must follow. Raises: GeneratorFailed."""
        line = json.dumps({"do": operation, **options}) + "\n"
        for process in self.processes:
            _write(process, line)

    def talk(self, operation: str, **options: Any) -> list[dict[str, Any]]:
        """As `do`, for operations whose clients hear those of other processes: nobody speaks before everybody listens."""
        ahead = HEAD_START_SECONDS if len(self.processes) > 1 else 0.0
        return self.do(operation, start_at=time.perf_counter() + ahead, **options)

    def finish(self) -> list[dict[str, Any]]:
        """The next answer of every process. Raises: GeneratorFailed."""
        return [_answer(process) for process in self.processes]

    def share(self, value: float) -> float:
        """What each of them gets of something that they do together."""
        return value / len(self.processes)

    def slots(self, count: int) -> int:
        """What each of them gets of so many at once: at least one."""
        return max(1, count // len(self.processes))

    def busy_seconds(self) -> list[float]:
        """What each process had to do so far; see `bench.process`."""
        return [busy_seconds(process.pid) for process in self.processes]

    def busiest_share(self, *operations: Sequence[dict[str, Any]]) -> float:
        """Of a core, in the busiest of operations whose reports have a `busy_share`: one may have been too much, others not."""
        return max(self.busiest([report["busy_share"] for report in reports]) for reports in operations)

    def busiest(self, used: Sequence[float]) -> float:
        """Of what each process used, the most that came together on one core."""
        by_core: dict[int, float] = defaultdict(float)
        for at, (place, seconds) in enumerate(zip(self.places, used, strict=True)):
            by_core[place.cores[0] if len(place.cores) == 1 else -1 - at] += seconds
        return max(by_core.values(), default=0.0)


@frozen
class Clients:
    """Who is to be simulated. Attributes: people: How many; person n goes to room n modulo their number."""

    dialect: str
    address: Address
    tokens: Tokens
    rooms: Sequence[tuple[str, str]]
    people: int


@contextmanager
def generators(clients: Clients, places: Sequence[Place] = (ANYWHERE,)) -> Iterator[Generators]:
    """The clients, spread over one process at each of `places`; they end with the block. Raises: KnobRefused: Too few tokens."""
    tokens = clients.tokens.attendees([clients.rooms[n % len(clients.rooms)][0] for n in range(clients.people)])
    started: list[subprocess.Popen[str]] = []
    try:
        for at, place in enumerate(places):
            first, beyond = at * clients.people // len(places), (at + 1) * clients.people // len(places)
            config = {
                "dialect": clients.dialect, "host": clients.address.host, "port": clients.address.port,
                "authority": clients.address.authority,
                "rooms": list(clients.rooms),
                "key": clients.tokens.key.decode(), "tokens": tokens and tokens[first:beyond], "numbers": [first, beyond],
                "people": clients.people,
            }  # fmt: skip
            process = subprocess.Popen(
                [sys.executable, "-m", "bench.generator"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            started.append(process)
            place.take(process.pid)
            _write(process, json.dumps(config) + "\n")
        yield Generators(started, places)
    finally:
        _end(started)


def _end(processes: Sequence[subprocess.Popen[str]]) -> None:
    for process in processes:
        assert process.stdin is not None
        try:
            process.stdin.close()
        except BrokenPipeError:
            continue  # it is gone already
    for process in processes:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _write(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except BrokenPipeError:
        raise GeneratorFailed("a process that makes load died; what it said stands above") from None


def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise GeneratorFailed("a process that makes load died; what it said stands above")
    answer: dict[str, Any] = json.loads(line)
    if "failed" in answer:
        raise GeneratorFailed(answer["failed"])
    return answer
