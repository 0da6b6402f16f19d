"""People with devices, over the `websockets` package: a client that shares no code with the server. Plain threads, no trio."""

import itertools
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.fakes.token_maker import make_token

PATIENCE_SECONDS = 20.0
"""How long anything may take before a test gives up; on a busy machine a second is nothing."""


def bearer(user_id: str, *roles: str) -> str:
    """A token for somebody, good for an hour."""
    name = {"given_name": user_id.title(), "family_name": "Test"}
    return make_token({"sub": user_id, "exp": int(time.time()) + 3600, "roles": list(roles), **name})


class Device:
    """One connection of somebody. `frames` are all that came, `state` is the first."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self.frames: list[dict[str, Any]] = []
        self.state = self._next()["data"]

    def ask(self, event: str, /, **data: Any) -> Any:
        """The data of a success."""
        reply = self.answer(self.send(event, **data))
        assert reply["success"], reply
        return reply["data"]

    def refused(self, event: str, /, **data: Any) -> str:
        """The code of a refusal."""
        reply = self.answer(self.send(event, **data))
        assert not reply["success"], reply
        code: str = reply["error"]["code"]
        return code

    def send(self, event: str, /, **data: Any) -> str:
        envelope_id = str(next(self._ids))
        self._socket.send(json.dumps({"event": f"breakout.{event}", "id": envelope_id, "data": data}))
        return envelope_id

    def answer(self, envelope_id: str) -> dict[str, Any]:
        return self._find(lambda frame: frame["event"] == "reply" and frame["id"] == envelope_id)

    def sees(self, event: str, wanted: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The data of the first such push, come already or still to come."""
        found = self._find(lambda frame: frame["event"] == f"breakout.{event}" and wanted(frame["data"]))
        data: dict[str, Any] = found["data"]
        return data

    def now(self) -> Any:
        """The session as this device may see it."""
        return self.ask("session.get")

    def _find(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        for frame in self.frames:
            if wanted(frame):
                return frame
        while not wanted(frame := self._next()):
            pass
        return frame

    def _next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self._socket.recv(timeout=PATIENCE_SECONDS))
        self.frames.append(frame)
        return frame


class People:
    """Everybody in one session of the server at `url`; their connections end with the block."""

    def __init__(self, url: str, session_id: str = "evening") -> None:
        self._url = f"{url.replace('http', 'ws', 1)}/ws/{session_id}"
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open.close()

    def connect(self, user_id: str, *roles: str) -> Device:
        """Somebody connects; returns when they have their first frame."""
        headers = {"Authorization": f"Bearer {bearer(user_id, *roles)}"}
        socket = connect(
            self._url,
            subprotocols=[Subprotocol("breakout.v1")],
            additional_headers=headers,
            proxy=None,
            open_timeout=PATIENCE_SECONDS,
            close_timeout=0.5,
        )
        self._open.enter_context(socket)
        return Device(socket)
