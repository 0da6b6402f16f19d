"""`/ws/{sessionId}`: who may connect, and what happens to the connection then."""

import re
import time
from typing import Any, Final

import trio
from attrs import evolve, frozen

from actors.root import Root
from breakout.identity import Caller
from breakout.permission import Permission
from gateway.bearer import bearer_token
from gateway.claims import TokenRefused
from gateway.connection import Connection
from gateway.endpoint import HandshakeRefused
from gateway.expiry import TokenExpiry
from gateway.head import RequestHead
from gateway.rate_limit import CommandRate
from gateway.settings import Settings
from gateway.token import TokenVerifier
from gateway.upgrade import WebSocketConnection
from gateway.wire.encode import WireEncoder

SESSION_PATH: Final = re.compile(r"/ws/([^/\x00-\x1f\x7f]{1,64})\Z")


@frozen
class Admission:
    """A user who may come in."""

    session_id: str
    caller: Caller
    expires_at: int


class SessionEndpoint:
    """Admits people into sessions and serves their connections."""

    def __init__(self, root: Root, verifier: TokenVerifier, encoder: WireEncoder, settings: Settings) -> None:
        self.expiry = TokenExpiry()
        self._root = root
        self._verifier = verifier
        self._encoder = encoder
        self._settings = settings
        self._origins = frozenset(settings.allowed_origins)
        self._connections: dict[Connection, None] = {}
        self._empty = trio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._connections)

    def admit(self, head: RequestHead, peer: str) -> Admission:
        """Decide about a handshake. Raises: HandshakeRefused: 401, 403 or 404."""
        found = SESSION_PATH.match(head.path)
        if found is None:
            raise HandshakeRefused(404, "connect to /ws/SESSION")
        self._require_origin(head)
        try:
            claims = self._verifier.verify(bearer_token(head.headers), now=time.time())
        except TokenRefused as refused:
            raise HandshakeRefused(401, refused.reason, {"WWW-Authenticate": "Bearer"}) from None
        session_id = found.group(1)
        if not claims.good_for(session_id):
            raise HandshakeRefused(403, "the token is not good for this session")
        caller = evolve(claims.caller, event_id=claims.event_id)
        if not caller.may(Permission.JOIN):
            raise HandshakeRefused(403, "the token lacks breakout:join")
        return Admission(session_id, caller, claims.expires_at)

    async def run(self, admission: Admission, socket: WebSocketConnection) -> None:
        """Serve one connection to its end. Raises: ConnectionEnded: The ordinary end."""
        rate = CommandRate(self._settings.commands_per_second, self._settings.command_burst)
        door = self._root.door(admission.session_id)
        connection = Connection(socket, admission.caller, door, rate, self._encoder)
        watched = self.expiry.watch(admission.expires_at, connection.close)
        if not self._connections:
            self._empty = trio.Event()
        self._connections[connection] = None
        try:
            await connection.run()
        finally:
            del self._connections[connection]
            self.expiry.forget(watched)
            if not self._connections:
                self._empty.set()

    def close_all(self, code: int, reason: str) -> None:
        """Begin to end every connection."""
        for connection in list(self._connections):
            connection.close(code, reason)

    async def wait_empty(self) -> None:
        """Wait until there is no connection."""
        await self._empty.wait()

    def _require_origin(self, head: RequestHead) -> None:
        origins: list[Any] = head.values(b"origin")
        if self._origins and any(origin.decode("latin-1") not in self._origins for origin in origins):
            raise HandshakeRefused(403, "pages of this origin may not connect")
