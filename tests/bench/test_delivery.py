import socket
from collections.abc import Iterator

import pytest

from bench.client import Client
from bench.delivery import CHAT_EVENT, Delivery, Sequence
from bench.histogram import merged
from bench.stamp import TICK_MARK
from bench.wire import TEXT

CHAT = b'\x81\x7e\x00\x99{"event":"breakout.chat.message","topic":"room:r","data":{"message":{"text":"hello"}}}'


@pytest.fixture
def clients() -> Iterator[list[Client]]:
    with socket.socket() as plain:
        yield [Client(number, plain, b"", None, 0.0) for number in range(3)]


def tick(left):
    return b'{"event":"breakout.timer.tick","topic":"room:r","data":{"remainingSeconds":%d,"endsAt":9,"serverAt":1}}' % left


def followed(client, *left):
    sequence = Sequence()
    for value in left:
        sequence.look(client, tick(value))
    return sequence.gaps[client.number], sequence.doubles[client.number]


def test_ticks_that_count_down_one_by_one_are_complete(clients):
    assert followed(clients[0], 9, 8, 7) == (0, 0)


def test_missing_ticks_are_gaps_and_repeated_ones_doubles(clients):
    assert followed(clients[0], 9, 6, 6, 5) == (2, 1)


def test_what_is_no_tick_is_neither_counted_nor_followed(clients):
    sequence = Sequence()
    delivery = Delivery(TICK_MARK, None, follow=sequence)
    delivery.sink(clients[0], [(TEXT, b'{"event":"breakout.rooms.updated","data":{}}'), (TEXT, CHAT[4:])])
    assert delivery.report() == {**delivery.report(), "deliveries": 0, "heard": [], "gaps": [], "doubles": []}


def test_each_client_has_a_count_of_its_own(clients):
    delivery = Delivery(TICK_MARK, None)
    delivery.sink(clients[1], [(TEXT, tick(3)), (TEXT, tick(2))])
    delivery.sink(clients[2], [(TEXT, tick(3))])
    report = delivery.report()
    assert (report["deliveries"], report["heard"]) == (3, [(1, 2), (2, 1)])


def test_lean_count_is_the_same_however_the_bytes_are_cut(clients):
    stream = CHAT * 5
    for step in range(1, 120):
        delivery, listener = Delivery(CHAT_EVENT, None), clients[0]
        listener.rest = b""
        for at in range(0, len(stream), step):
            delivery.lean(listener, listener.rest + stream[at : at + step])
        assert delivery.frames == 5, step


def latencies(delivery):
    return merged([delivery.report()["latency"]])


def test_one_read_in_sample_is_measured(clients):
    delivery = Delivery(CHAT_EVENT, lambda _: 0.5, sample=4)
    for _ in range(8):
        delivery.sink(clients[0], [(TEXT, CHAT)])
    assert latencies(delivery).get_total_count() == 2


def late(payload):
    return int(payload.split(b"late ")[1].split(b'"')[0]) / 1000


def held_up(*milliseconds):
    return [b'{"event":"breakout.chat.message","data":{"message":{"text":"late %d"}}}' % value for value in milliseconds]


@pytest.mark.parametrize("how", ["sink", "lean"])
def test_deliveries_that_come_in_a_heap_weigh_as_much_as_they_are(clients, how):
    """Ten came in time, one by one; then the server stood still for a second, and ten came at once."""
    delivery = Delivery(CHAT_EVENT, late)
    for heap in (*([1] for _ in range(10)), range(1000, 0, -100)):
        payloads = held_up(*heap)
        if how == "sink":
            delivery.sink(clients[0], [(TEXT, payload) for payload in payloads])
        else:
            delivery.lean(clients[0], b"".join(payloads))
    found = latencies(delivery)
    assert found.get_total_count() == 20
    assert found.get_value_at_percentile(75) == pytest.approx(500_000, rel=0.01)
    assert found.get_value_at_percentile(100) == pytest.approx(1_000_000, rel=0.01)
