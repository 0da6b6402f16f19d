"""A network cable between a browser and the server, to be cut: a TCP forwarder in threads."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit


class Cable:
    """Forwards a free local port to `url`; while cut it refuses new connections and drops the present ones."""

    def __init__(self, url: str) -> None:
        self._target = (urlsplit(url).hostname or "", urlsplit(url).port or 0)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._cut = False
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def cut(self) -> None:
        with self._lock:
            self._cut = True
            self._drop()

    def mend(self) -> None:
        self._cut = False

    def close(self) -> None:
        self.cut()
        self._listener.shutdown(socket.SHUT_RDWR)  # which ends a wait for the next connection; closing would not
        self._accepting.join()
        self._listener.close()

    def _drop(self) -> None:
        pairs, self._pairs = self._pairs, []
        for end in [end for pair in pairs for end in pair]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                with self._lock:  # a cut in between would leave this one behind
                    self._forward(near)

    def _forward(self, near: socket.socket) -> None:
        if self._cut:
            near.close()
            return
        try:
            far = socket.create_connection(self._target)
        except OSError:
            near.close()
            return
        self._pairs.append((near, far))
        threading.Thread(target=_pump, args=(near, far), daemon=True).start()
        threading.Thread(target=_pump, args=(far, near), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
