"""Opens the sockets that the server listens on."""

import socket
from typing import Final

BACKLOG: Final = 4096
"""Connections that the kernel keeps until they are accepted; Linux cuts it to net.core.somaxconn, 4096 by default."""


def open_listeners(host: str, port: int) -> list[socket.socket]:
    """Listen on every address of `host`, or on all of the machine's for "", with one port for all; 0 lets the kernel choose.

    Raises:
        OSError: An address is unknown or taken. Nothing was left open.
    """
    families = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    listeners: list[socket.socket] = []
    try:
        for family, _, protocol, _, address in families:
            listener = socket.socket(family, socket.SOCK_STREAM, protocol)
            listeners.append(listener)
            _listen(listener, (address[0], port, *address[2:]))
            port = listener.getsockname()[1]
    except OSError:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def _listen(listener: socket.socket, address: tuple[str | int, ...]) -> None:
    listener.setblocking(False)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if listener.family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind(address)
    listener.listen(BACKLOG)
