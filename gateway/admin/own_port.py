"""The operators' API at an address of its own: another port, or a UNIX socket that only this machine's users reach.

The address serves HTTP alone. The file of a socket is made for its owner only, and taken away at the end; one that a killed server
left behind is replaced, one on which somebody listens is not.
"""

import errno
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Never, NoReturn

from gateway.endpoint import HandshakeRefused
from gateway.head import RequestHead
from gateway.listening_socket import open_listeners
from gateway.setting_checks import UNIX
from gateway.start_refused import NotNow, StartRefused
from gateway.upgrade import WebSocketConnection

OWNER_ONLY: Final = 0o600
BACKLOG: Final = 16
"""Operators come one by one."""


class NoWebSockets:
    """The endpoint of an address without people."""

    def admit(self, head: RequestHead, peer: str) -> NoReturn:
        raise HandshakeRefused(404, "there are no sessions at this address")

    def open(self, admission: Never, socket: WebSocketConnection) -> None:
        """Never called."""


@contextmanager
def admin_listeners(address: str) -> Iterator[list[socket.socket]]:
    """The listening sockets of `admin_listen`, closed by whoever serves them.

    Raises:
        StartRefused: The address is taken, or cannot be used.
    """
    if not address.startswith(UNIX):
        yield _tcp(address)
        return
    path = Path(address.removeprefix(UNIX))
    listener = _unix(path)
    try:
        yield [listener]
    finally:
        path.unlink(missing_ok=True)


def admin_url(address: str, listeners: list[socket.socket]) -> str:
    """Where operators connect to: `http://...`, or the `unix:` address itself."""
    if address.startswith(UNIX):
        return address
    host, port = listeners[0].getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _tcp(address: str) -> list[socket.socket]:
    host, _, port = address.rpartition(":")
    try:
        return open_listeners(host.strip("[]"), int(port))
    except OSError as error:
        kind = NotNow if error.errno == errno.EADDRINUSE else StartRefused
        raise kind(f"cannot listen on admin_listen {address}: {error.strerror}") from None


def _unix(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        listener.bind(str(path))
        path.chmod(OWNER_ONLY)  # before listen: until then nobody can connect
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise StartRefused(f"cannot listen on admin_listen {UNIX}{path}: {error.strerror}") from None
    except StartRefused:
        listener.close()
        raise
    return listener


def _remove_stale(path: Path) -> None:
    """Raises: StartRefused: It is no socket, or somebody listens on it."""
    if not path.exists():
        return
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise StartRefused(f"admin_listen: {path} exists and is no socket; remove it or name another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        if probe.connect_ex(str(path)) == 0:
            raise NotNow(f"admin_listen: somebody listens on {path} already; stop that server first")
    path.unlink()
