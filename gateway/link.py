"""One accepted connection and who is at its other end."""

import socket

import trio
from attrs import frozen


@frozen
class Link:
    """A connection below HTTP.

    Attributes:
        stream: What bytes come and go through.
        plain_socket: The non-blocking socket under `stream`, where there is nothing between the two; else None.
        peer: Address of the other end of the socket.
        port: Of the other end.
    """

    stream: trio.abc.Stream
    plain_socket: socket.socket | None
    peer: str
    port: int
