"""The processes that make load, from the harness' side: the same operation for all of them, at the same time."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from bench.process import ANYWHERE, Place, usage
from bench.target import Address


class GeneratorFailed(Exception):
    """A process that makes load died; its complaint is on stderr."""


@frozen(eq=False)
class Generators:
    """Some processes with a share of the clients each."""

    processes: Sequence[subprocess.Popen[str]]

    def do(self, operation: str, **options: Any) -> list[dict[str, Any]]:
        """Have every process do the operation; returns when the last is done. Raises: GeneratorFailed."""
        self.begin(operation, **options)
        return self.finish()

    def begin(self, operation: str, **options: Any) -> None:
        """Have every process begin; `finish` must follow."""
        line = json.dumps({"do": operation, **options}) + "\n"
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.write(line)
            process.stdin.flush()

    def finish(self) -> list[dict[str, Any]]:
        """The next answer of every process."""
        return [_answer(process) for process in self.processes]

    def cpu_seconds(self) -> list[float]:
        """CPU time of each process so far."""
        return [usage(process.pid).cpu_seconds for process in self.processes]


@contextmanager
def generators(
    dialect: str,
    address: Address,
    key: bytes,
    rooms: Sequence[tuple[str, str]],
    people: int,
    *,
    processes: int = 1,
    place: Place = ANYWHERE,
) -> Iterator[Generators]:
    """`people` clients of `rooms`, spread over `processes`; they end with the block."""
    started: list[subprocess.Popen[str]] = []
    try:
        for at in range(processes):
            config = {
                "dialect": dialect, "host": address.host, "port": address.port, "key": key.decode(), "rooms": list(rooms),
                "numbers": [at * people // processes, (at + 1) * people // processes],
            }  # fmt: skip
            command = [sys.executable, "-m", "bench.generator"]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            started.append(process)
            place.take(process.pid)
            assert process.stdin is not None
            process.stdin.write(json.dumps(config) + "\n")
        yield Generators(started)
    finally:
        for process in started:
            assert process.stdin is not None
            process.stdin.close()
        for process in started:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise GeneratorFailed("a generator died")
    answer: dict[str, Any] = json.loads(line)
    return answer
