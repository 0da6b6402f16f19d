"""Waits for the head of a request without reading it: every byte stays in the socket for whoever gets that."""

import select
import socket

import trio

from gateway.workers.destination import complete

POLLRDHUP = getattr(select, "POLLRDHUP", 0x2000)
NO_NEWS_SECONDS = 0.05
"""Before the next look at a socket that woke us without a new byte; the kernel is not known to do that."""


def peek_now(plain_socket: socket.socket, max_bytes: int) -> bytes | None:
    """As `peek_head`, but None also where it is not there yet. Never waits."""
    try:
        data = plain_socket.recv(max_bytes, socket.MSG_PEEK)
    except OSError:
        return None
    return data if complete(data, max_bytes) else None


async def peek_head(plain_socket: socket.socket, max_bytes: int) -> bytes | None:
    """The first bytes of a connection, once they say all there is to know; None when the client leaves before. Always a checkpoint.

    A socket with half a head is readable all the time. So that nobody spins, the kernel is told to wake us for one byte more than
    were seen (SO_RCVLOWAT, socket(7)); that also holds for epoll, and an end or an error wakes us at once.
    """
    seen = 0
    while True:
        await trio.lowlevel.wait_readable(plain_socket)
        try:
            data = plain_socket.recv(max_bytes, socket.MSG_PEEK)
        except BlockingIOError:
            continue
        except OSError:
            return None
        if complete(data, max_bytes):
            plain_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
            return data
        if len(data) <= seen:
            if _over(plain_socket):
                return None
            await trio.sleep(NO_NEWS_SECONDS)
        seen = len(data)
        plain_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, seen + 1)


def _over(plain_socket: socket.socket) -> bool:
    """Whether nothing more will come."""
    poll = select.poll()
    poll.register(plain_socket, POLLRDHUP)
    return bool(poll.poll(0))
