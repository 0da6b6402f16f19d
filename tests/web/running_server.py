"""A server in a process of its own, that can be killed and started again at the same address."""

import os
import signal
import subprocess
import sys
from pathlib import Path

START = "from gateway.cli import main; main()"
ROOT = Path(__file__).parents[2]


class RunningServer:
    """Started on a free port; `start_again` takes the same one."""

    def __init__(self, db: Path, *, dev: bool = True, environment: dict[str, str] | None = None) -> None:
        self.db = db
        self.log = db.with_suffix(".log")
        self._dev = ["--dev"] if dev else []
        self._environment = os.environ | (environment or {})
        self._process = self._start("0")
        self.url = self._first_line().removeprefix("listening on ")

    @property
    def output(self) -> str:
        """Everything the server has written since its first start, to both streams."""
        return self.log.read_text()

    def kill(self) -> None:
        """As a power cut would."""
        self._process.kill()
        self._process.wait()

    def start_again(self) -> None:
        lines = self.output.count("listening on")
        self._process = self._start(self.url.rsplit(":", 1)[1])
        self._first_line(lines)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()

    def _start(self, port: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", START, "serve", *self._dev, "--port", port, "--db", str(self.db)]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=self._environment)

    def _first_line(self, known: int = 0) -> str:
        """The line with the address, once it is there after the `known` ones of former starts."""
        for _ in range(200):
            lines = [line for line in self.output.splitlines() if line.startswith("listening on ")]
            if len(lines) > known:
                return lines[-1]
            try:
                self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError(f"the server ended: {self.output}")
        raise RuntimeError(f"the server did not start: {self.output}")
