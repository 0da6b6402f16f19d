import socket
import time

import pytest

from bench.client import LoadFailed
from bench.swarm import Swarm
from bench.wire import TEXT, client_frame
from gateway.frame import text_frame

ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


def entry_of_one_frame(client):
    client.memory["first"] = yield


class Server:
    """Accepts one client and says what the test wants."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.swarm = Swarm("127.0.0.1", self.listener.getsockname()[1], lambda payload: b"pong" if payload == b"ping!" else None)

    def accept(self):
        client = self.swarm.open(7, b"HEAD\r\n\r\n", entry_of_one_frame)
        self.plain, _ = self.listener.accept()
        self.until(lambda: client.head == b"")
        assert self.plain.recv(100) == b"HEAD\r\n\r\n"
        return client

    def until(self, over, seconds=5.0):
        assert self.swarm.run_until(over, time.perf_counter() + seconds)


@pytest.fixture
def server():
    server = Server()
    yield server
    server.swarm.close_all()
    server.plain.close()
    server.listener.close()


def test_client_is_in_after_its_entry_and_later_frames_are_the_sinks(server):
    seen: list[tuple[int, bytes]] = []
    server.swarm.sink = lambda client, frames: seen.extend((client.number, payload) for _, payload in frames)
    client = server.accept()
    server.plain.sendall(ACCEPTED + text_frame(b"hello") + text_frame(b"news"))
    server.until(lambda: seen)
    assert client.memory["first"] == b"hello"
    assert client.entered_at is not None
    assert seen == [(7, b"news")]


def test_pings_of_websocket_and_of_the_protocol_are_answered(server):
    server.accept()
    server.plain.sendall(ACCEPTED + text_frame(b"hello") + b"\x89\x02hi" + text_frame(b"ping!"))
    expected = client_frame(b"hi", 0x8A) + client_frame(b"pong", TEXT)
    got = b""
    server.plain.settimeout(0.05)

    def answered():
        nonlocal got
        try:
            got += server.plain.recv(100)
        except TimeoutError:
            return False
        return len(got) >= len(expected)

    server.until(answered)
    assert got == expected


@pytest.mark.parametrize(("farewell", "code"), [(b"\x88\x02\x03\xf4", 1012), (b"", 1006)])
def test_lost_connection_is_noted_with_its_code(server, farewell, code):
    lost = []
    server.swarm.lost = lambda client: lost.append(client.lost)
    server.accept()
    server.plain.sendall(ACCEPTED + text_frame(b"hello") + farewell)
    server.plain.shutdown(socket.SHUT_RDWR)
    server.until(lambda: lost)
    assert lost == [code]
    assert server.swarm.clients == {}


def test_refused_handshake_fails_with_what_the_server_said(server):
    server.accept()
    server.plain.sendall(b"HTTP/1.1 401 Unauthorized\r\n\r\nno token")
    with pytest.raises(LoadFailed, match="401 Unauthorized no token"):
        server.swarm.run_until(lambda: False, time.perf_counter() + 5)


def test_swept_listener_gets_everything_that_came_in_one_piece_and_loses_nothing(server):
    pieces = []
    client = server.accept()
    server.plain.sendall(ACCEPTED + text_frame(b"hello"))
    server.until(lambda: client.entry is None)
    server.swarm.sweep([client], lambda _, data: pieces.append(data), 0.02)
    frames = [text_frame(b"%d" % number) for number in range(200)]
    for frame in frames:
        server.plain.sendall(frame)
    server.until(lambda: sum(map(len, pieces)) >= sum(map(len, frames)))
    assert b"".join(pieces) == b"".join(frames)
    assert len(pieces) < 100


def test_swept_listener_whose_connection_ends_is_lost(server):
    lost = []
    client = server.accept()
    server.plain.sendall(ACCEPTED + text_frame(b"hello"))
    server.until(lambda: client.entry is None)
    server.swarm.lost = lambda client: lost.append(client.lost)
    server.swarm.sweep([client], lambda *_: None, 0.001)
    server.plain.close()
    server.until(lambda: lost)
    assert lost == [1006]
