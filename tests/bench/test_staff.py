"""The organizer of a scenario, against a server in a thread."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bench.staff import Staff, listening
from bench.target import Address
from gateway.frame import text_frame

HEARD = [{"event": "breakout.chat.message", "data": {"text": "x" * 1000}}] * 10_000
"""10 MB: more than any kernel keeps for somebody who does not read."""


def frame(said: dict[str, Any]) -> bytes:
    return text_frame(json.dumps(said).encode())


def command(connection: socket.socket) -> dict[str, Any]:
    frame = connection.recv(65536)
    found: dict[str, Any] = json.loads(frame[frame.index(b"{") :])  # masked with zeros
    return found


@contextmanager
def organizer(serve: Callable[[socket.socket], None]) -> Iterator[tuple[Staff, threading.Thread]]:
    """A connected organizer, and the thread in which `serve` has the other end."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(20)
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + frame({"event": "breakout.session.state", "data": {}}))
            serve(connection)

    server = threading.Thread(target=accept, daemon=True)
    server.start()
    staff = Staff(Address("127.0.0.1", listener.getsockname()[1]), "demo", "token")
    try:
        yield staff, server
    finally:
        staff.close()
        server.join(20)
        listener.close()


def test_organizers_who_listen_take_what_they_are_sent_and_forget_it() -> None:
    everything_sent = threading.Event()

    def serve(connection: socket.socket) -> None:
        connection.sendall(b"".join(map(frame, HEARD)))
        everything_sent.set()
        connection.sendall(frame({"event": "reply", "id": command(connection)["id"], "success": True, "data": {"serverAt": 7}}))

    with organizer(serve) as (staff, _):
        with listening([staff]):
            assert everything_sent.wait(20)
        assert staff.ask("breakout.ping") == {"serverAt": 7}
        assert len(staff.pushes) < len(HEARD)


def test_connection_that_ends_while_organizers_listen_is_found_ended_afterwards() -> None:
    with organizer(lambda connection: None) as (staff, server):
        with listening([staff]):
            server.join(20)
        with pytest.raises(ConnectionError):
            staff.ask("breakout.ping")
