from hypothesis import given
from hypothesis import strategies as st

from gateway.outbox import MAX_SEND_BYTES, Outbox


def drained(outbox: Outbox) -> bytes:
    data = b""
    while batch := outbox.take():
        data += batch
        outbox.sent(len(batch))
    return data


def test_everything_that_waits_is_taken_at_once() -> None:
    outbox = Outbox()
    for frame in (b"one", b"two", b"three"):
        outbox.append(frame)
    assert outbox.take() == b"onetwothree"


def test_tick_replaces_the_one_of_the_same_key_that_still_waits() -> None:
    outbox = Outbox()
    outbox.append_tick("room-a", b"A1")
    outbox.append_tick("room-b", b"B1")
    outbox.append(b"event")
    outbox.append_tick("room-a", b"A2")
    assert drained(outbox) == b"B1eventA2"


def test_tick_is_sent_whole_when_it_was_taken_before_the_next_one_came() -> None:
    outbox = Outbox()
    outbox.append_tick("room", b"first")
    assert outbox.take() == b"first"
    outbox.sent(2)
    outbox.append_tick("room", b"second")
    assert outbox.take() == b"rst"
    outbox.sent(3)
    assert drained(outbox) == b"second"


def test_dropping_what_waits_keeps_what_may_be_half_sent() -> None:
    outbox = Outbox()
    outbox.append(b"half")
    outbox.take()
    outbox.sent(2)
    outbox.append(b"waiting")
    outbox.drop_waiting()
    outbox.append(b"close")
    assert drained(outbox) == b"lfclose"
    assert len(outbox) == 0


def test_one_take_stays_below_its_limit_while_the_order_holds() -> None:
    outbox = Outbox()
    frames = [bytes([number]) * 20_000 for number in range(8)]
    for frame in frames:
        outbox.append(frame)
    assert len(outbox.take()) == 60_000 <= MAX_SEND_BYTES
    assert drained(outbox) == b"".join(frames)


def test_frame_larger_than_one_take_is_taken_alone() -> None:
    outbox = Outbox()
    outbox.append(b"x" * (MAX_SEND_BYTES + 1))
    outbox.append(b"y")
    assert len(outbox.take()) == MAX_SEND_BYTES + 1


def test_what_waits_and_the_most_that_did_are_counted_in_bytes() -> None:
    outbox = Outbox()
    outbox.append(b"12345")
    outbox.append(b"678")
    outbox.take()
    outbox.sent(6)
    assert (outbox.queued, len(outbox), outbox.high_water) == (2, 2, 8)


@given(st.lists(st.one_of(st.binary(min_size=1, max_size=30), st.integers(min_value=0, max_value=40)), max_size=60))
def test_frames_leave_whole_and_in_order_however_little_each_send_takes(steps: list[bytes | int]) -> None:
    outbox, queued, sent = Outbox(), b"", b""
    for step in steps:
        if isinstance(step, bytes):
            outbox.append(step)
            queued += step
            continue
        batch = outbox.take()[:step]
        outbox.sent(len(batch))
        sent += batch
        assert len(outbox) == len(queued) - len(sent)
    assert sent + drained(outbox) == queued
