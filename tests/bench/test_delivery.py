import socket
from collections.abc import Iterator

import pytest

from bench.delivery import CHAT_EVENT, Delivery, Sequence
from bench.stamp import TICK_MARK
from bench.swarm import Client
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
    return sequence.gaps, sequence.doubles


def test_ticks_that_count_down_one_by_one_are_complete(clients):
    assert followed(clients[0], 9, 8, 7) == (0, 0)


def test_missing_ticks_are_gaps_and_repeated_ones_doubles(clients):
    assert followed(clients[0], 9, 6, 6, 5) == (2, 1)


def test_what_is_no_tick_is_neither_counted_nor_followed(clients):
    sequence = Sequence()
    delivery = Delivery(TICK_MARK, None, follow=sequence)
    delivery.sink(clients[0], [(TEXT, b'{"event":"breakout.rooms.updated","data":{}}'), (TEXT, CHAT[4:])])
    assert delivery.report() == {**delivery.report(), "deliveries": 0, "clients": 0, "gaps": 0, "doubles": 0}


def test_each_client_has_a_count_of_its_own(clients):
    delivery = Delivery(TICK_MARK, None)
    delivery.sink(clients[1], [(TEXT, tick(3)), (TEXT, tick(2))])
    delivery.sink(clients[2], [(TEXT, tick(3))])
    report = delivery.report()
    assert (report["deliveries"], report["clients"], report["least"], report["most"]) == (3, 2, 1, 2)


def test_lean_count_is_the_same_however_the_bytes_are_cut(clients):
    stream = CHAT * 5
    for step in range(1, 120):
        delivery, listener = Delivery(CHAT_EVENT, None), clients[0]
        listener.rest = b""
        for at in range(0, len(stream), step):
            delivery.lean(listener, listener.rest + stream[at : at + step])
        assert delivery.frames == 5, step


def test_one_in_sample_is_measured(clients):
    delivery = Delivery(CHAT_EVENT, lambda _: 0.5, sample=4)
    for _ in range(8):
        delivery.sink(clients[0], [(TEXT, CHAT)])
    assert delivery._latencies.get_total_count() == 2
