"""What leaves when: ticks of a turn together, and never before what was queued earlier."""

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


def test_tick_outside_a_turn_leaves_at_once(flusher: Flusher) -> None:
    clear, busy = _connection(Clear), _connection()
    flusher.send_ticks(_members(clear, busy), "room", _frame("tick"))
    assert clear.events == busy.events == ["tick"]


def test_ticks_of_a_turn_leave_together_at_its_end(flusher: Flusher) -> None:
    red, blue = _connection(), _connection()
    with flusher.turn():
        flusher.send_ticks(_members(red), "red", _frame("red"))
        flusher.send_ticks(_members(blue), "blue", _frame("blue"))
        assert red.events == blue.events == []
    assert (red.events, blue.events) == (["red"], ["blue"])
    assert (red.flushes, blue.flushes) == (1, 1)


def test_turn_that_fails_still_sends_what_was_gathered(flusher: Flusher) -> None:
    ann = _connection()

    def fail() -> None:
        with flusher.turn():
            flusher.send_ticks(_members(ann), "room", _frame("tick"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert ann.events == ["tick"]


def test_whoever_left_during_the_turn_gets_no_tick(flusher: Flusher) -> None:
    ann, ben = _connection(), _connection()
    members = _members(ann, ben)
    with flusher.turn():
        flusher.send_ticks(members, "room", _frame("tick"))
        del members[ben]
    assert (ann.events, ben.events) == (["tick"], [])


def test_one_who_takes_nothing_at_once_is_flushed_and_others_are_not_harmed(flusher: Flusher) -> None:
    clear, busy = _connection(Clear), _connection()
    flusher.send(busy, _frame("before"))
    with flusher.turn():
        flusher.send_ticks(_members(busy, clear), "room", _frame("tick"))
    assert busy.events == ["before", "tick"]
    assert clear.events == ["tick"]


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
