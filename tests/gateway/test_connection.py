"""One connection between its socket and its session."""

from collections.abc import Callable
from typing import Any, cast

import trio

from actors.release import FeedTools
from actors.session_door import SessionDoor
from actors.session_runner import ActorSettings
from gateway.connection import Connection
from gateway.rate_limit import CommandRate
from gateway.upgrade import WebSocketConnection
from gateway.wire.encode import WireEncoder
from tests.actors.harness import caller, payloads

PING = '{"event": "breakout.ping", "id": "1"}'


class FakeStream:
    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []

    def send_frame(self, frame):
        self.frames += payloads(frame)

    def flush(self) -> None:
        pass


class FakeSocket:
    def __init__(self, nursery: trio.Nursery | None = None) -> None:
        self.stream = FakeStream()
        self.spawn = nursery.start_soon if nursery else None
        self.closed: int | None = None

    @property
    def closing(self) -> bool:
        return self.closed is not None

    def request_close(self, code: int, reason: str = "") -> None:
        self.closed = self.closed or code


class Door(SessionDoor):
    """A door behind which the session is not loaded yet."""

    def __init__(self) -> None:
        clock = type("Clock", (), {"now": staticmethod(lambda: int(trio.current_time() * 1000))})()
        flusher = type("Flusher", (), {"send": staticmethod(lambda s, f: s.send(f)), "flush": staticmethod(lambda: None)})()
        nothing: Any = None
        super().__init__("demo", FeedTools(nothing, WireEncoder(), flusher, nothing, clock, nothing), ActorSettings())


def connected(socket: FakeSocket, door: Door, left: Callable[[Connection, int], None] = lambda *_: None) -> Connection:
    """A connection whose session is not loaded yet."""
    rate = CommandRate(20, 40)
    connection = Connection(cast(WebSocketConnection, socket), caller("ann"), door, rate, WireEncoder(), left=left)
    connection.open()
    return connection


def greet(connection: Connection) -> None:
    connection.send(WireEncoder().reply_frame("state", b'{"success":true}'))


async def test_nothing_is_answered_before_the_first_frame(nursery: trio.Nursery) -> None:
    socket = FakeSocket(nursery)
    connection = connected(socket, Door())
    connection.text(PING)
    connection.text(PING.replace("1", "2"))
    await trio.testing.wait_all_tasks_blocked()
    assert socket.stream.frames == []
    greet(connection)
    connection.text(PING.replace("1", "3"))
    await trio.testing.wait_all_tasks_blocked()
    connection.text(PING.replace("1", "4"))
    assert [frame["id"] for frame in socket.stream.frames] == ["state", "1", "2", "3", "4"]


async def test_flood_before_the_first_frame_is_answered_in_turns(nursery: trio.Nursery) -> None:
    socket = FakeSocket(nursery)
    connection = connected(socket, Door())
    for _ in range(500):
        connection.text(PING)
    greet(connection)
    await trio.lowlevel.checkpoint()
    await trio.lowlevel.checkpoint()
    assert 1 < len(socket.stream.frames) < 100
    await trio.testing.wait_all_tasks_blocked()
    answers = socket.stream.frames[1:]
    assert len(answers) == 500
    assert [answer["success"] for answer in answers[:40]] == [True] * 40
    assert {answer["error"]["code"] for answer in answers[41:]} == {"rate_limited"}
    assert socket.closed is None


async def test_client_that_sends_on_and_on_while_its_session_cannot_be_loaded_is_told_to_try_again_later() -> None:
    socket = FakeSocket()
    connection = connected(socket, Door())
    for _ in range(7):
        connection.text("x" * 16 * 1024)
    assert socket.closed is None
    connection.text("x" * 16 * 1024)
    assert socket.closed == 1013


async def test_nothing_is_served_after_a_close_that_an_early_message_caused(nursery: trio.Nursery) -> None:
    socket = FakeSocket(nursery)
    connection = connected(socket, Door())
    for _ in range(30):
        connection.text("{")
    greet(connection)
    await trio.testing.wait_all_tasks_blocked()
    assert len(socket.stream.frames) == 1 + 20
    assert socket.closed == 1008


async def test_what_was_kept_for_a_client_that_has_left_is_not_served(nursery: trio.Nursery) -> None:
    socket = FakeSocket(nursery)
    connection = connected(socket, Door())
    connection.text(PING)
    greet(connection)
    connection.ended(1001, "going away")
    await trio.testing.wait_all_tasks_blocked()
    assert [frame["id"] for frame in socket.stream.frames] == ["state"]


async def test_connection_that_ends_leaves_the_door_and_says_so() -> None:
    door, codes = Door(), []
    connection = connected(FakeSocket(), door, lambda _, code: codes.append(code))
    assert len(door.connections) == 1
    connection.ended(1001, "going away")
    assert not door.connections
    assert codes == [1001]


async def test_twenty_malformed_frames_close_the_connection_with_1008() -> None:
    socket = FakeSocket()
    connection = connected(socket, Door())
    greet(connection)
    for _ in range(19):
        connection.text("{")
    assert socket.closed is None
    connection.text("{")
    assert [f["error"]["code"] for f in socket.stream.frames[1:]] == ["malformed"] * 20
    assert socket.closed == 1008


async def test_flood_is_told_to_slow_down_and_closed_with_4029_after_ten_seconds(autojump_clock) -> None:
    socket = FakeSocket()
    connection = connected(socket, Door())
    greet(connection)
    for _ in range(1200):
        connection.text(PING)
        await trio.sleep(0.01)
        if socket.closed:
            break
    codes = {frame["error"]["code"] for frame in socket.stream.frames if not frame.get("success", True)}
    assert codes == {"rate_limited"}
    assert socket.closed == 4029
    assert 10 <= trio.current_time() < 11
