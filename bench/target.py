"""A server under load: one of our own that the bench starts and stops, or one that runs somewhere."""

import json
import secrets
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from attrs import evolve, frozen

from bench.process import ANYWHERE, Place, Usage, open_files, usage
from bench.token import SignedTokens, Tokens

STOP_SECONDS = 15.0
START_SECONDS = 60.0

OPEN_SETTINGS: Mapping[str, Any] = {
    "host": "127.0.0.1",
    "port": 0,
    "log_format": "json",
}
"""Nothing is eased: it logs as much as it does by default, into a file."""


class TargetFailed(Exception):
    """The server under load did not start, or died."""


@frozen
class Address:
    """Where a server listens. Attributes: host: Numbers, so that nothing is looked up twice; name: What it was given as."""

    host: str
    port: int
    name: str = ""

    @property
    def authority(self) -> str:
        """For the header `Host`."""
        return f"{self.name or self.host}:{self.port}"


class Server(Protocol):
    """A server under load, whoever started it. `db` is None where it is not ours."""

    @property
    def address(self) -> Address: ...

    @property
    def tokens(self) -> Tokens:
        """That it accepts."""

    @property
    def db(self) -> Path | None: ...

    @property
    def usage(self) -> Usage:
        """What its process has used so far."""

    @property
    def open_files(self) -> int: ...

    def ask(self, line: str) -> dict[str, Any]:
        """Have it answer one line of the harness. Raises: TargetFailed."""

    def stop(self) -> None: ...


@frozen(eq=False)
class OwnServer:
    """A server process of ours.

    Attributes:
        key: Signs the tokens that it accepts.
        start_seconds: From the process' beginning to its `listening` line.
        db: Its file, where it has one.
        log: Where it says what it has to say; None is the bench's own stderr.
    """

    process: subprocess.Popen[str]
    address: Address
    key: bytes
    start_seconds: float
    db: Path | None = None
    log: Path | None = None

    @property
    def tokens(self) -> Tokens:
        return SignedTokens(self.key)

    @property
    def usage(self) -> Usage:
        return usage(self.process.pid)

    @property
    def open_files(self) -> int:
        """Descriptors that it holds."""
        return open_files(self.process.pid)

    def ask(self, line: str) -> dict[str, Any]:
        """Have `served` answer one line. Blocks. Raises: TargetFailed: It died."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise TargetFailed(f"the server died{_last_words(self.log)}") from None
        answer = self.process.stdout.readline()
        if not answer:
            raise TargetFailed(f"the server died{_last_words(self.log)}")
        parsed: dict[str, Any] = json.loads(answer)
        return parsed

    def kill(self) -> None:
        """As a power cut would, but for the kernel's buffers."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        _close_pipes(self.process)

    def stop(self) -> None:
        """In order; by force if that takes too long."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        _close_pipes(self.process)


def start_breakout(
    db: Path, *, place: Place = ANYWHERE, key: str | None = None, settings: Mapping[str, Any] | None = None, **options: Any
) -> OwnServer:
    """Start `bench.served` and wait until it listens. Raises: TargetFailed: It does not."""
    key = key or secrets.token_urlsafe(48)
    chosen = {**OPEN_SETTINGS, "db": str(db), "hmac_key": key, **(settings or {})}
    config = json.dumps({"settings": chosen, **options})
    command = [sys.executable, "-m", "bench.served", config]
    return evolve(start_process(command, place=place, key=key.encode(), log=db.with_suffix(".log")), db=db)


def start_process(
    command: list[str],
    *,
    place: Place = ANYWHERE,
    key: bytes = b"",
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> OwnServer:
    """Start any server that says `listening on http://HOST:PORT` first. Raises: TargetFailed: It does not, within a minute."""
    begun = time.perf_counter()
    with log.open("a") if log is not None else nullcontext() as stderr:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": stderr}
        process = subprocess.Popen(command, text=True, env=environment, **pipes)
    assert process.stdout is not None
    try:
        place.take(process.pid)
        ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
        address = _announced(process.stdout.readline() if ready else "", command, log)
    except BaseException:
        process.kill()
        process.wait()
        _close_pipes(process)
        raise
    return OwnServer(process, address, key, time.perf_counter() - begun, log=log)


def _announced(line: str, command: list[str], log: Path | None) -> Address:
    """Where a server says that it listens."""
    if not line.startswith("listening on "):
        raise TargetFailed(f"it said {line!r} instead of listening: {' '.join(command[:3])}{_last_words(log)}")
    url = urlsplit(line.removeprefix("listening on ").strip())
    return Address(str(url.hostname), int(url.port or 80))


def _last_words(log: Path | None) -> str:
    """The last line of what it logged, for the end of a message."""
    lines = log.read_text(errors="replace").splitlines() if log is not None else []
    return f"; the last it said was {lines[-1]}" if lines else ""


def _close_pipes(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):  # what was not read any more
                pipe.close()
