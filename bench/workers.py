"""The product's own `breakout serve --workers N` under load: several processes behind one port.

They are seen from outside only: CPU and memory are those of all of them together.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from bench.process import Place, Usage, family, open_files, usage
from bench.target import OPEN_SETTINGS, Address, OwnServer, start_process
from bench.token import Tokens

SERVE = "from gateway.cli import main; main(prog_name='breakout')"


@frozen(eq=False)
class Workers:
    """Implements `bench.target.Server`."""

    front: OwnServer

    @property
    def address(self) -> Address:
        return self.front.address

    @property
    def tokens(self) -> Tokens:
        return self.front.tokens

    @property
    def db(self) -> Path | None:
        return self.front.db

    @property
    def each(self) -> list[Usage]:
        """The front, then the workers."""
        return [usage(pid) for pid in family(self.front.process.pid)]

    @property
    def usage(self) -> Usage:
        """Of all together; what a worker that died had used is not in it."""
        return Usage(sum(one.cpu_seconds for one in self.each), sum(one.resident_kib for one in self.each))

    @property
    def open_files(self) -> int:
        return sum(map(open_files, family(self.front.process.pid)))

    def ask(self, line: str) -> dict[str, Any]:
        """They have no ear for the harness."""
        return {"lateness_ms": {}} if line == "stats" else {}

    def stop(self) -> None:
        self.front.stop()


def start_workers(count: int, directory: Path, key: str, settings: Mapping[str, Any], place: Place) -> Workers:
    """Start them on a directory that is made for them, and wait until they listen. Raises: TargetFailed: They do not."""
    chosen = {**OPEN_SETTINGS, **settings, "db": directory, "hmac_key": key, "workers": count}
    variables = {f"BREAKOUT_{name.upper()}": str(value) for name, value in chosen.items()}
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("BREAKOUT_")}
    environment = {**inherited, **variables, "PYTHONPATH": str(Path(__file__).parent.parent)}
    started = start_process(
        [sys.executable, "-c", SERVE, "serve"],
        place=place,
        key=key.encode(),
        environment=environment,
        log=directory.with_suffix(".log"),
    )
    return Workers(evolve(started, db=directory))
