"""One connection between its socket and its session."""

from typing import Any, cast

import trio

from actors.release import FeedTools
from actors.session_door import SessionDoor
from actors.session_runner import ActorSettings
from gateway.connection import Connection
from gateway.endpoint import ConnectionEnded
from gateway.rate_limit import CommandRate
from gateway.upgrade import WebSocketConnection
from gateway.wire.encode import WireEncoder
from tests.actors.harness import caller, payloads

PING = '{"event": "breakout.ping", "id": "1"}'


class FakeStream:
    dead = False

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []

    def send_frame(self, frame):
        self.frames += payloads(frame)

    def flush(self) -> None:
        pass


class FakeSocket:
    """A WebSocket whose client has sent some texts and then leaves when told."""

    def __init__(self, *texts: str) -> None:
        self.stream = FakeStream()
        self.texts = list(texts)
        self.closed: int | None = None
        self.over = trio.Event()

    async def receive_text(self) -> str:
        if self.texts:
            return self.texts.pop(0)
        await self.over.wait()
        raise ConnectionEnded(1000, "")

    def request_close(self, code: int, reason: str = "") -> None:
        self.closed = self.closed or code


class Door(SessionDoor):
    """A door behind which the session is not loaded yet."""

    def __init__(self) -> None:
        clock = type("Clock", (), {"now": staticmethod(lambda: int(trio.current_time() * 1000))})()
        flusher = type("Flusher", (), {"send": staticmethod(lambda s, f: s.send(f)), "flush": staticmethod(lambda: None)})()
        nothing: Any = None
        super().__init__("demo", FeedTools(nothing, WireEncoder(), flusher, nothing, clock, nothing), ActorSettings())


def connected(socket: FakeSocket, door: Door) -> Connection:
    return Connection(cast(WebSocketConnection, socket), caller("ann"), door, CommandRate(20, 40), WireEncoder())


async def serve(connection: Connection) -> None:
    try:
        await connection.run()
    except ConnectionEnded:
        return


async def test_nothing_is_answered_before_the_first_frame(autojump_clock) -> None:
    socket, door = FakeSocket(PING), Door()
    connection = connected(socket, door)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve, connection)
        await trio.sleep(3)
        assert socket.stream.frames == []
        connection.send(WireEncoder().reply_frame("state", b'{"success":true}'))
        await trio.testing.wait_all_tasks_blocked()
        socket.over.set()
    assert [frame["id"] for frame in socket.stream.frames] == ["state", "1"]


async def test_connection_that_dies_before_its_session_is_loaded_is_let_go(autojump_clock) -> None:
    socket, door = FakeSocket(PING), Door()
    socket.over.set()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve, connected(socket, door))
        await trio.sleep(0.5)
        assert len(door.connections) == 1
        socket.stream.dead = True
    assert not door.connections


async def test_twenty_malformed_frames_close_the_connection_with_1008(autojump_clock) -> None:
    socket, door = FakeSocket(*["{"] * 20), Door()
    connection = connected(socket, door)
    connection.send(WireEncoder().reply_frame("state", b'{"success":true}'))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve, connection)
        await trio.testing.wait_all_tasks_blocked()
        assert [f["error"]["code"] for f in socket.stream.frames[1:]] == ["malformed"] * 20
        assert socket.closed == 1008
        socket.over.set()


async def test_flood_is_told_to_slow_down_and_closed_with_4029_after_ten_seconds(autojump_clock) -> None:
    socket, door = FakeSocket(), Door()
    connection = connected(socket, door)
    connection.send(WireEncoder().reply_frame("state", b'{"success":true}'))
    socket.texts = [PING]
    for _ in range(1200):
        connection._handle(PING)
        await trio.sleep(0.01)
        if socket.closed:
            break
    codes = {frame["error"]["code"] for frame in socket.stream.frames if not frame.get("success", True)}
    assert codes == {"rate_limited"}
    assert socket.closed == 4029
    assert 10 <= trio.current_time() < 11
