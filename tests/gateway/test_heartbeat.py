import trio
from attrs import define, field
from trio.testing import MockClock

from gateway.heartbeat import PING, Heartbeat


@define(eq=False)
class FakeConnection:
    last_received_at: float = 0.0
    sent: list[bytes] = field(factory=list)
    flushed: int = 0
    cuts: list[str] = field(factory=list)

    def send_frame(self, frame: bytes) -> None:
        self.sent.append(frame)

    def flush(self) -> None:
        self.flushed += 1

    def cut(self, reason: str) -> None:
        self.cuts.append(reason)


def watched(heartbeat: Heartbeat) -> FakeConnection:
    connection = FakeConnection()
    heartbeat.watch(connection)
    return connection


def test_silent_connection_is_pinged_once_after_the_interval() -> None:
    heartbeat = Heartbeat(20.0)
    connection = watched(heartbeat)
    for now in (19.9, 20.0, 21.0, 39.0):
        heartbeat.beat(now)
    assert connection.sent == [PING]
    assert connection.flushed == 1


def test_busy_connection_is_not_pinged() -> None:
    heartbeat = Heartbeat(20.0)
    connection = watched(heartbeat)
    for now in range(0, 200, 5):
        connection.last_received_at = float(now)
        heartbeat.beat(float(now) + 4.9)
    assert connection.sent == []


def test_connection_is_cut_when_nothing_comes_for_an_interval_after_the_ping() -> None:
    heartbeat = Heartbeat(20.0)
    connection = watched(heartbeat)
    heartbeat.beat(20.0)
    heartbeat.beat(39.9)
    assert connection.cuts == []
    heartbeat.beat(40.0)
    assert len(connection.cuts) == 1
    assert len(heartbeat) == 0


def test_any_byte_after_the_ping_saves_the_connection_and_it_is_pinged_again() -> None:
    heartbeat = Heartbeat(20.0)
    connection = watched(heartbeat)
    heartbeat.beat(20.0)
    connection.last_received_at = 30.0
    heartbeat.beat(41.0)
    assert connection.cuts == []
    heartbeat.beat(50.0)
    assert connection.sent == [PING, PING]


def test_forgotten_connection_is_left_alone() -> None:
    heartbeat = Heartbeat(20.0)
    connection = watched(heartbeat)
    heartbeat.forget(connection)
    heartbeat.forget(connection)
    heartbeat.beat(100.0)
    assert connection.sent == []


async def test_one_task_pings_every_connection_within_a_twentieth_of_the_interval(autojump_clock: MockClock) -> None:
    heartbeat = Heartbeat(20.0)
    connections = [FakeConnection(last_received_at=trio.current_time()) for _ in range(100)]
    for connection in connections:
        heartbeat.watch(connection)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(heartbeat.run)
        await trio.sleep(21.1)
        assert all(connection.sent == [PING] for connection in connections)
        nursery.cancel_scope.cancel()
