import socket
import time

import pytest

from bench.receipt import Receipts, kernel_stamps
from bench.swarm import Swarm
from gateway.frame import text_frame

pytestmark = pytest.mark.skipif(not kernel_stamps(), reason="this kernel does not stamp what comes over TCP")

NOTICE, CARD = text_frame(b'{"event":"breakout.recalled"}' + b" " * 200), text_frame(b'{"event":"breakout.rooms.updated"}')
MARKER = b'"breakout.recalled"'


def entry_of_one_frame(_client):
    yield


@pytest.fixture
def connection():
    """A swarm of one client that is in, and the server's end of its connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        swarm = Swarm("127.0.0.1", listener.getsockname()[1], lambda _: None)
        client = swarm.open(0, b"HEAD", entry_of_one_frame)
        plain, _ = listener.accept()
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        swarm.poll(1.0)
        plain.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + text_frame(b"hello"))
        assert swarm.run_until(lambda: client.entry is None, time.perf_counter() + 5)
        receipts = Receipts(swarm, MARKER)
        assert kernel_stamps(), "the kernel begins to stamp a little after it was first asked to"
        yield swarm, receipts, plain
        swarm.close_all()
        plain.close()


def test_receipt_is_when_the_notice_came_and_not_when_it_was_read(connection):
    _, receipts, plain = connection
    plain.sendall(CARD)
    before = time.perf_counter()
    plain.sendall(NOTICE)
    time.sleep(0.05)
    looked = time.perf_counter()
    report = receipts.wait(5.0)
    assert report["missing"] == 0
    assert before - 0.001 < report["times"][0] < looked


def test_what_follows_the_notice_is_left_for_the_client(connection):
    swarm, receipts, plain = connection
    seen: list[bytes] = []
    swarm.sink = lambda _, frames: seen.extend(payload for _, payload in frames)
    plain.sendall(CARD + NOTICE + CARD)
    assert receipts.wait(5.0)["missing"] == 0
    assert swarm.run_until(lambda: seen, time.perf_counter() + 5)
    assert seen == [CARD[2:]]


def test_half_a_notice_is_no_receipt(connection):
    _, receipts, plain = connection
    plain.sendall(NOTICE[:100])
    assert receipts.wait(0.1)["missing"] == 1
    plain.sendall(NOTICE[100:])
    assert receipts.wait(5.0)["missing"] == 0
