"""What leaves when: never before what was queued earlier."""

from typing import Any

import pytest

from actors.flusher import Flusher
from breakout.identity import Caller, User
from gateway.frame import text_frame
from tests.actors.harness import FakeConnection


class Clear(FakeConnection):
    """Nothing waits for it: a tick leaves at once."""

    def send_tick(self, key: str, frame: bytes) -> bool:
        super().send_tick(key, frame)
        super().flush()
        self.flushes -= 1
        return False


@pytest.fixture
def flusher() -> Flusher:
    return Flusher()


def _connection(kind: type[FakeConnection] = FakeConnection) -> FakeConnection:
    return kind(Caller(User("ann", "Ann", "Lee"), frozenset()))


def _members(*connections: FakeConnection) -> dict[Any, Any]:
    return {connection: connection for connection in connections}


def _frame(name: str) -> bytes:
    return text_frame(b'{"event":"%b"}' % name.encode())


def test_tick_leaves_at_once_where_nothing_waits_and_with_the_flush_elsewhere(flusher: Flusher) -> None:
    clear, busy = _connection(Clear), _connection()
    flusher.send(busy, _frame("before"))
    flusher.send_ticks(_members(busy, clear), "room", _frame("tick"))
    assert (clear.events, busy.events) == (["tick"], [])
    flusher.flush()
    assert busy.events == ["before", "tick"]


def test_frame_sent_at_once_leaves_without_a_flush_where_nothing_waits(flusher: Flusher) -> None:
    clear, busy = _connection(Clear), _connection()
    flusher.send(busy, _frame("before"))
    flusher.send_at_once(_members(clear, busy), "recall", _frame("recalled"))
    assert (clear.events, busy.events) == (["recalled"], [])
    flusher.flush()
    assert (clear.events, busy.events) == (["recalled"], ["before", "recalled"])


def test_frame_sent_at_once_stays_behind_what_everybody_was_sent(flusher: Flusher) -> None:
    ann = _connection()
    members = _members(ann)
    flusher.share(members, _frame("shared"))
    flusher.send_at_once(members, "recall", _frame("recalled"))
    flusher.flush()
    assert ann.events == ["shared", "recalled"]
