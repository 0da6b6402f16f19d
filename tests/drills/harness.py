"""What the drills share: a whole server as a process of its own, and people who talk to it over real sockets."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import trio
from attrs import define, field, frozen

from tests.gateway.transport_harness import CLOSE, PING, PONG, TEXT, RawWebSocket, handshake, read_head

ROOT = Path(__file__).parent.parent.parent
SECRET = "a secret of the drills, longer than 32 bytes"
SERVE = ("-c", "from gateway.cli import main; main()", "serve")
WIDE = {
    "BREAKOUT_COMMANDS_PER_SECOND": "10000",
    "BREAKOUT_COMMAND_BURST": "100000",
    "BREAKOUT_INBOUND_BYTES_PER_SECOND": "100000000",
    "BREAKOUT_INBOUND_BURST_BYTES": "100000000",
}
"""Settings under which a few connections may load a server as hundreds would."""

START_SECONDS = 20.0

_sockets: list[trio.SocketStream] = []
"""Of clients; closed when a server's block ends."""


@frozen
class ServerProcess:
    """A server that has said where it listens.

    Attributes:
        log: What it writes to stderr, a line of JSON each.
    """

    process: subprocess.Popen[str]
    url: str
    log: Path

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    def kill(self) -> None:
        """`kill -9`, and wait for it."""
        self.process.kill()
        assert self.process.wait(START_SECONDS) == -signal.SIGKILL

    async def stop(self, seconds: float = 10.0) -> int:
        """SIGTERM; the exit code, which must come in time."""
        self.process.send_signal(signal.SIGTERM)
        return await trio.to_thread.run_sync(partial(self.process.wait, seconds))

    def complaints(self) -> list[str]:
        """The lines of the log at level error and above."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if not line.startswith("{") or json.loads(line)["level"] in {"error", "critical"}]


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's, with nothing of the server's in it but what a drill needs."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("BREAKOUT_")}
    return plain | {"BREAKOUT_HMAC_KEY": SECRET, "PYTHONPATH": str(ROOT)} | dict(extra)


def start_server(
    db: Path,
    env: Mapping[str, str] = WIDE,
    *,
    program: Sequence[str] = SERVE,
    preload: Mapping[str, str] | None = None,
    within: Sequence[str] = (),
) -> ServerProcess:
    """Start a server on `db` and wait until it listens.

    Args:
        db: Its database.
        env: Settings.
        program: What Python is to run, up to the options of `serve`.
        preload: More variables, which have nothing to do with settings.
        within: A command that runs the rest of its line, somehow confined.
    """
    log = db.parent.with_name(f"{db.parent.name}.{db.name}.log")  # beside the directory, which may be full, or watched
    command = [*within, sys.executable, *program, "--port", "0", "--db", str(db)]
    variables = environment(env) | dict(preload or {})
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith("listening on "):
        process.kill()
        process.wait()
        raise AssertionError(f"the server did not start: {line!r} {log.read_text(encoding='utf-8')[-2000:]}")
    return ServerProcess(process, line.split()[-1], log)


@asynccontextmanager
async def served(db: Path, env: Mapping[str, str] = WIDE, **more: Any) -> AsyncIterator[ServerProcess]:
    """A server that is killed, if it still runs, when the block ends."""
    server = await trio.to_thread.run_sync(partial(start_server, db, env, **more))
    try:
        yield server
    finally:
        end_server(server)
        hang_up()


def end_server(server: ServerProcess) -> None:
    """Kill it, if it still runs."""
    if server.process.poll() is None:
        server.process.kill()
    server.process.wait()
    assert server.process.stdout is not None
    assert server.process.stdin is not None
    server.process.stdout.close()
    server.process.stdin.close()


def hang_up() -> None:
    """Close every connection of a client."""
    while _sockets:
        _sockets.pop().socket.close()


def token(user_id: str, *roles: str, lifetime_seconds: float = 3600, **claims: Any) -> str:
    payload = {"sub": user_id, "exp": time.time() + lifetime_seconds, "given_name": user_id, "roles": list(roles), **claims}
    return jwt.encode(payload, SECRET, algorithm="HS256")


class ConnectionOver(Exception):
    """The server closed the connection. Attributes: code: The close code, 1006 without one."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


@define
class Device:
    """One connection of a person.

    Attributes:
        pushes: What came that was not the reply waited for, oldest first.
        state: The first frame's data.
    """

    socket: RawWebSocket
    pushes: list[dict[str, Any]] = field(factory=list)
    state: dict[str, Any] = field(factory=dict)
    _ids: Any = field(factory=lambda: itertools.count(1))

    async def send(self, event: str, data: Mapping[str, Any] | None = None, *, key: str | None = None) -> str:
        """Send a command and do not wait. Returns its id."""
        number = str(next(self._ids))
        frame: dict[str, Any] = {"event": event, "id": number, "data": dict(data or {})}
        if key is not None:
            frame["idempotencyKey"] = key
        await self.socket.send(TEXT, json.dumps(frame).encode())
        return number

    async def receive(self) -> dict[str, Any]:
        """The next frame. Raises: ConnectionOver."""
        while True:
            opcode, payload = await self.socket.receive()
            if opcode == TEXT:
                frame: dict[str, Any] = json.loads(payload)
                return frame
            if opcode == PING:
                await self.socket.send(PONG, payload)
            elif opcode in {CLOSE, -1}:
                raise ConnectionOver(int.from_bytes(payload[:2], "big") if opcode == CLOSE else 1006)

    async def call(self, event: str, data: Mapping[str, Any] | None = None, *, key: str | None = None) -> dict[str, Any]:
        """Send a command and wait for its reply."""
        number = await self.send(event, data, key=key)
        return await self.until(lambda frame: frame["event"] == "reply" and frame["id"] == number)

    async def until(self, wanted: Any) -> dict[str, Any]:
        """The next frame that `wanted` is true of; the others go to `pushes`."""
        while not wanted(frame := await self.receive()):
            self.pushes.append(frame)
        return frame

    async def until_event(self, event: str) -> dict[str, Any]:
        return await self.until(lambda frame: frame["event"] == event)

    async def close_code(self) -> int:
        """Read to the end."""
        try:
            while True:
                await self.receive()
        except ConnectionOver as over:
            return over.code

    def drop(self) -> None:
        """As a device that loses its network."""
        self.socket.stream.socket.close()


async def raw_connect(address: tuple[str, int], path: str, *headers: str) -> tuple[RawWebSocket, bytes]:
    """A socket with its handshake done, and the head of the response, whatever it says."""
    stream = await trio.open_tcp_stream(*address)
    _sockets.append(stream)
    await stream.send_all(handshake(path, *headers))
    head, rest = await read_head(stream)
    return RawWebSocket(stream, bytearray(rest)), head


async def connect(address: tuple[str, int], user_token: str, session: str = "s1") -> Device:
    """Connect and take the state push."""
    socket, head = await raw_connect(address, f"/ws/{session}", f"Authorization: Bearer {user_token}")
    assert head.startswith(b"HTTP/1.1 101 "), head
    device = Device(socket)
    first = await device.receive()
    assert first["event"] == "breakout.session.state"
    device.state = first["data"]
    return device


async def staff(server: ServerProcess, session: str = "s1", user_id: str = "host") -> Device:
    return await connect(server.address, token(user_id, "OWNER"), session)


async def make_room(host: Device, name: str = "Room", **fields: Any) -> str:
    """Returns its id."""
    reply = await host.call("breakout.room.create", {"name": name, "maxParticipants": 1000, "durationMinutes": 0, **fields})
    assert reply["success"], reply
    room_id: str = reply["data"]["room"]["id"]
    return room_id


async def ask_line(server: ServerProcess) -> dict[str, Any]:
    """What one of the altered servers answers to a line on its stdin: an object of JSON."""

    def ask() -> dict[str, Any]:
        assert server.process.stdin is not None
        assert server.process.stdout is not None
        server.process.stdin.write("\n")
        server.process.stdin.flush()
        answer: dict[str, Any] = json.loads(server.process.stdout.readline())
        return answer

    return await trio.to_thread.run_sync(ask)


async def get(server: ServerProcess, path: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(server.url + path)
