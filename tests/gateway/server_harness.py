"""A whole server in this process, on a free port, and people and operators who use it."""

import io
import itertools
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import structlog
import trio
from attrs import define, field, frozen

from gateway.logs import configure_logs
from gateway.server import Server, serve
from gateway.settings import Settings
from tests.fakes.token_maker import SECRET, make_token
from tests.gateway.transport_harness import PING, TEXT, RawWebSocket, handshake, open_connection, read_head

OPERATE = ["breakout:operate"]


def token(user: str, **claims: Any) -> str:
    return make_token({"sub": user, "exp": int(time.time()) + 3600, **claims})


def operator_token(**claims: Any) -> str:
    return token("otto", **{"permissions": OPERATE, "given_name": "Otto", **claims})


@define
class Device:
    """One WebSocket of somebody."""

    socket: RawWebSocket
    frames: list[dict[str, Any]] = field(factory=list)
    _ids: Any = field(factory=lambda: itertools.count(1))

    async def next_frame(self) -> dict[str, Any]:
        with trio.fail_after(10):
            while True:
                opcode, payload = await self.socket.receive()
                assert opcode in {TEXT, PING}, (opcode, payload)
                if opcode == TEXT:
                    frame: dict[str, Any] = json.loads(payload)
                    self.frames.append(frame)
                    return frame

    async def wait_for(self, event: str) -> dict[str, Any]:
        """The data of the next push of this event."""
        while (frame := await self.next_frame())["event"] != f"breakout.{event}":
            pass
        data: dict[str, Any] = frame["data"]
        return data

    async def ask(self, event: str, **data: Any) -> Any:
        """The whole reply to a command."""
        envelope_id = str(next(self._ids))
        text = json.dumps({"event": f"breakout.{event}", "id": envelope_id, "data": data})
        await self.socket.send(TEXT, text.encode())
        while (frame := await self.next_frame())["event"] != "reply" or frame["id"] != envelope_id:
            pass
        return frame

    async def close_code(self) -> int:
        with trio.fail_after(10):
            return await self.socket.close_code()


@frozen
class World:
    """Attributes: log: What the server logged, one line of JSON each."""

    server: Server
    http: httpx.AsyncClient
    log: io.StringIO
    streams: list[trio.SocketStream]

    async def connect(
        self, user: str, *roles: str, session: str = "demo", receive_buffer_bytes: int | None = None, **claims: Any
    ) -> Device:
        """Somebody connects; returns when they have their first frame."""
        bearer = token(user, roles=list(roles), **claims)
        data = handshake(f"/ws/{session}", f"Authorization: Bearer {bearer}")
        stream = await self.open_raw(data, receive_buffer_bytes)
        head, rest = await read_head(stream)
        assert head.startswith(b"HTTP/1.1 101 "), head
        device = Device(RawWebSocket(stream, bytearray(rest)))
        await device.wait_for("session.state")
        return device

    async def open(self, bearer: str, session: str = "demo") -> trio.SocketStream:
        """A TCP connection on which a handshake was sent."""
        return await self.open_raw(handshake(f"/ws/{session}", f"Authorization: Bearer {bearer}"))

    async def open_raw(self, data: bytes, receive_buffer_bytes: int | None = None) -> trio.SocketStream:
        """A TCP connection on which `data` was sent; its kernel may be told to keep little for it."""
        host, port = self.server.url.removeprefix("http://").split(":")
        stream = await open_connection((host, int(port)), receive_buffer_bytes)
        self.streams.append(stream)
        await stream.send_all(data)
        return stream

    async def request(self, method: str, path: str, *, bearer: str | None = None, **more: Any) -> httpx.Response:
        """Ask as an operator, or with another token."""
        with trio.fail_after(20):
            return await self.http.request(
                method, path, headers={"Authorization": f"Bearer {bearer or operator_token()}"}, **more
            )

    async def json(self, path: str) -> Any:
        """The JSON of a success."""
        answer = await self.request("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def metrics(self) -> dict[str, float]:
        """Every sample of /metrics by its name and labels as they are written."""
        text = (await self.http.get("/metrics")).text
        samples = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in samples}

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines of this event so far."""
        lines = [json.loads(line) for line in self.log.getvalue().splitlines()]
        return [line for line in lines if line["event"] == event]


@asynccontextmanager
async def running_server(directory: Path, **settings: Any) -> AsyncIterator[World]:
    """A server over a new database in `directory`; its log is kept in memory."""
    log = io.StringIO()
    chosen = {"port": 0, "db": directory / "breakout.db", "hmac_key": SECRET.decode(), **settings}
    with captured_log(log):
        async with trio.open_nursery() as nursery:
            server: Server = await nursery.start(serve, Settings(**chosen))
            async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
                world = World(server, http, log, [])
                try:
                    yield world
                finally:
                    for stream in world.streams:
                        stream.socket.close()
            nursery.cancel_scope.cancel()


@contextmanager
def captured_log(target: io.StringIO) -> Iterator[None]:
    """Have everything that is logged go to `target` as JSON, at every level."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure_logs("debug", "json", target)
    try:
        yield
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()
