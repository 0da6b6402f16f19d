"""`/ws/{sessionId}`: who may connect, and what happens to the connection then."""

import itertools
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import structlog
import trio
from attrs import evolve, frozen
from structlog.contextvars import bind_contextvars

from actors.root import Root
from breakout.contract.close_code import CloseCode
from breakout.identity import Caller
from breakout.permission import Permission
from gateway.api.auth import REVOKED
from gateway.bearer import bearer_token
from gateway.claims import KeysMissing, TokenRefused
from gateway.connection import Connection
from gateway.endpoint import HandshakeRefused
from gateway.expiry import TokenExpiry
from gateway.head import RequestHead
from gateway.rate_limit import CommandRate
from gateway.settings import Settings
from gateway.token import TokenVerifier
from gateway.upgrade import WebSocketConnection
from gateway.wire.encode import WireEncoder

log = structlog.get_logger(__name__)

SESSION_PATH: Final = re.compile(r"/ws/([^/\x00-\x1f\x7f]{1,64})\Z")


SESSION_FULL: Final = "the session has as many people as it may have"

RETRY_AFTER_SECONDS: Final = "30"
"""People leave a full session by the minute, not by the second."""

KEYS_RETRY_SECONDS: Final = "5"
"""As often as an identity provider that cannot be reached is asked again."""

OUR_CODES: Final = frozenset(int(code) for code in CloseCode) | {1001, 1005, 1006}
"""Close codes that are counted apart: ours, and those of browsers that go away or break down."""


@frozen
class Admission:
    """A user who may come in."""

    session_id: str
    caller: Caller
    expires_at: int


@frozen
class _Open:
    """One open connection: its names in the log, when it was opened (trio seconds), its number in `TokenExpiry`."""

    names: dict[str, Any]
    at: float
    expiry: int


@frozen
class EndpointStatistics:
    """The connections of people, all sessions together.

    Attributes:
        connections: Open now.
        opened: Since the start.
        closed: Since the start, by close code; 1006 were lost, 0 is any code that is none of ours.
        outbox_bytes: Waiting to be sent now.
        outbox_high_bytes: The most that waits for one of them now.
        outbox_high_water_bytes: The most that ever waited for one.
    """

    connections: int
    opened: int
    closed: Mapping[int, int]
    outbox_bytes: int
    outbox_high_bytes: int
    outbox_high_water_bytes: int


class SessionEndpoint:
    """Admits people into sessions and serves their connections."""

    def __init__(self, root: Root, verifier: TokenVerifier, encoder: WireEncoder, settings: Settings) -> None:
        self.expiry = TokenExpiry()
        self._root = root
        self._verifier = verifier
        self._encoder = encoder
        self._settings = settings
        self._origins = frozenset(settings.allowed_origins)
        self._connections: dict[Connection, _Open] = {}
        self._closing: tuple[int, str] | None = None
        self._numbers = itertools.count(1)
        self._opened = self._outbox_high_water = 0
        self._closed = Counter(dict.fromkeys((*OUR_CODES, 0), 0))

    def __len__(self) -> int:
        return len(self._connections)

    def admit(self, head: RequestHead, peer: str) -> Admission:
        """Decide about a handshake. Raises: HandshakeRefused: 401, 403 or 404; 503 the session is full, or keys are missing."""
        found = SESSION_PATH.match(head.path)
        if found is None:
            raise HandshakeRefused(404, "connect to /ws/SESSION")
        self._require_origin(head)
        try:
            claims = self._verifier.verify(bearer_token(head.headers), now=time.time())
        except KeysMissing as missing:
            raise HandshakeRefused(503, missing.reason, {"Retry-After": KEYS_RETRY_SECONDS}) from None
        except TokenRefused as refused:
            raise HandshakeRefused(401, refused.reason, {"WWW-Authenticate": "Bearer"}) from None
        if claims.caller.user.id in self._root.revoked:
            raise HandshakeRefused(403, REVOKED)
        session_id = found.group(1)
        if not claims.good_for(session_id):
            raise HandshakeRefused(403, "the token is not good for this session")
        caller = claims.caller if claims.event_id is None else evolve(claims.caller, event_id=claims.event_id)
        if not caller.may(Permission.JOIN):
            raise HandshakeRefused(403, "the token lacks breakout:join")
        self._require_place(session_id, caller)
        return Admission(session_id, caller, claims.expires_at)

    def open(self, admission: Admission, socket: WebSocketConnection) -> Connection | None:
        """Let a connection in at its session's door, if there is still a place and nobody has revoked its user meanwhile."""
        caller = admission.caller
        door = self._root.door(admission.session_id)
        if not door.has_place(caller):
            socket.request_close(CloseCode.TRY_AGAIN_LATER, SESSION_FULL)
            return None
        if caller.user.id in self._root.revoked:
            socket.request_close(CloseCode.REMOVED, REVOKED)
            return None
        names = {"session": admission.session_id, "user": caller.user.id, "connection": next(self._numbers)}
        bind_contextvars(**names)
        log.info("connection opened", client=socket.client)
        rate = CommandRate(self._settings.commands_per_second, self._settings.command_burst)
        connection = Connection(socket, caller, door, rate, self._encoder, left=self._left)
        watched = self.expiry.watch(admission.expires_at, connection.close)
        self._opened += 1
        self._connections[connection] = _Open(names, trio.current_time(), watched)
        if self._closing is not None:
            connection.close(*self._closing)
        connection.open()
        return connection

    @property
    def statistics(self) -> EndpointStatistics:
        waiting = [len(connection.outbox) for connection in self._connections]
        return EndpointStatistics(
            connections=len(self._connections),
            opened=self._opened,
            closed=dict(self._closed),
            outbox_bytes=sum(waiting),
            outbox_high_bytes=max(waiting, default=0),
            outbox_high_water_bytes=max(
                self._outbox_high_water, *(connection.outbox.high_water for connection in self._connections), 0
            ),
        )

    def _left(self, connection: Connection, code: int) -> None:
        opened = self._connections.pop(connection)
        self.expiry.forget(opened.expiry)
        self._closed[code if code in OUR_CODES else 0] += 1
        self._outbox_high_water = max(self._outbox_high_water, connection.outbox.high_water)
        log.info("connection closed", code=int(code), seconds=round(trio.current_time() - opened.at, 1), **opened.names)

    def close_all(self, code: int, reason: str) -> None:
        """Begin to end every connection, those among them that are still being upgraded."""
        self._closing = code, reason
        for connection in list(self._connections):
            connection.close(code, reason)

    def close_users(self, user_ids: Iterable[str]) -> None:
        """Begin to end every connection of people whom an operator has revoked, in whatever session."""
        revoked = frozenset(user_ids)
        for connection in list(self._connections):
            if connection.caller.user.id in revoked:
                connection.close(CloseCode.REMOVED, REVOKED)

    def _require_place(self, session_id: str, caller: Caller) -> None:
        door = self._root.find(session_id)
        if door is not None and not door.has_place(caller):
            raise HandshakeRefused(503, SESSION_FULL, {"Retry-After": RETRY_AFTER_SECONDS})

    def _require_origin(self, head: RequestHead) -> None:
        origins = head.values(b"origin")
        if self._origins and any(origin.decode("latin-1") not in self._origins for origin in origins):
            raise HandshakeRefused(403, "pages of this origin may not connect")
