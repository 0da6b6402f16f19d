"""Who may ask: the bearer token of a WebSocket's handshake, for one session or for an event."""

import re
import time
from collections.abc import Set as AbstractSet
from typing import Final

from attrs import evolve, frozen
from starlette.requests import Request

from actors.answering import PUT_OUT
from breakout.identity import Caller
from breakout.permission import Permission
from gateway.api.committed import CommittedSessions
from gateway.api.refused import ApiRefused
from gateway.bearer import bearer_token
from gateway.claims import Claims, KeysMissing, TokenRefused
from gateway.token import TokenVerifier

ID: Final = re.compile(r"[^/\x00-\x1f\x7f]{1,64}\Z")
"""What the id of a session or an event may be, as in `/ws/{sessionId}`."""

REVOKED: Final = "an operator has ended your access to this server"
"""Pages show it to the person as it stands here, and `words.js` has the same for where a browser hides why a handshake failed."""


@frozen
class Admitted:
    """A user who may ask about a session."""

    session_id: str
    caller: Caller


@frozen
class Gate:
    """Checks the token of every request.

    Attributes:
        revoked: Whom an operator has shut out, whatever tokens they have. A live view.
    """

    verifier: TokenVerifier
    revoked: AbstractSet[str] = frozenset()

    def event(self, request: Request) -> tuple[str, Claims]:
        """The event asked for; of its sessions the caller may see those that the claims are good for.

        Raises:
            ApiRefused: As `SessionGate.session`; 403 also where the token is limited to sessions and names another event or none.
        """
        event_id = _id(request)
        claims = self.claims(request)
        _require(claims, Permission.MANAGE)
        if claims.event_id != event_id and claims.sessions is not None:
            raise ApiRefused(403, "forbidden", "the token is not good for this event")
        return event_id, claims

    def operator(self, request: Request) -> Claims:
        """Raises: ApiRefused: 401 no good token; 403 without `breakout:operate`."""
        claims = self.claims(request)
        _require(claims, Permission.OPERATE)
        return claims

    def server_operator(self, request: Request) -> Caller:
        """Who operates on the whole server.

        Raises:
            ApiRefused: As `operator`; 403 also where the token is limited to sessions.
        """
        claims = self.operator(request)
        if claims.sessions is not None:
            raise ApiRefused(403, "forbidden", "the token is limited to sessions; this concerns the whole server")
        return claims.caller

    def claims(self, request: Request) -> Claims:
        """What the token says.

        Raises:
            ApiRefused: 401 no good token; 403 an operator has revoked its user; 503 it cannot be checked yet.
        """
        try:
            claims = self.verifier.verify(bearer_token(request.headers.raw), now=time.time())
        except KeysMissing as missing:
            raise ApiRefused(503, "overloaded", missing.reason) from None
        except TokenRefused as refused:
            raise ApiRefused(401, "unauthorized", refused.reason, {"WWW-Authenticate": "Bearer"}) from None
        if claims.caller.user.id in self.revoked:
            raise ApiRefused(403, "forbidden", REVOKED)
        return claims


@frozen
class SessionGate:
    """Checks, beside the token, whether an operator has put its user out of the session asked about."""

    gate: Gate
    sessions: CommittedSessions

    async def session(self, request: Request, permission: Permission) -> Admitted:
        """Always a checkpoint where the session is asleep.

        Raises:
            ApiRefused: 404 no such path, 401 no good token, 403 not for this session, without `permission`, or put out of it.
            StorageUnavailable: The store does not say.
        """
        session_id = _id(request)
        claims = self.gate.claims(request)
        if not claims.good_for(session_id):
            raise ApiRefused(403, "forbidden", "the token is not good for this session")
        _require(claims, permission)
        if claims.caller.user.id in await self.sessions.put_out(session_id):
            raise ApiRefused(403, "forbidden", PUT_OUT)
        return Admitted(session_id, evolve(claims.caller, event_id=claims.event_id))


def _id(request: Request) -> str:
    given: str = request.path_params["id"]
    if ID.match(given) is None:
        raise ApiRefused(404, "not_found", "an id has 1-64 characters, no / and no control characters")
    return given


def _require(claims: Claims, permission: Permission) -> None:
    if not claims.caller.may(permission):
        raise ApiRefused(403, "forbidden", f"this needs the permission {permission.value}")
