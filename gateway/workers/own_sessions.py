"""A worker serves no session but its own: the guard behind the front's routing, so that no bug there gives a session two owners."""

from collections.abc import Callable
from typing import Generic

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api.refused import ApiRefused
from gateway.endpoint import AdmissionT, HandshakeRefused, Receiver, WebSocketEndpoint
from gateway.head import RequestHead
from gateway.upgrade import WebSocketConnection
from gateway.workers.destination import session_of

MISDIRECTED = 421
WHY = "another worker owns this session"

Owns = Callable[[str], bool]


class OwnEndpoint(Generic[AdmissionT]):
    """An endpoint for the sessions that `owns` is true of; 421 for any other."""

    def __init__(self, endpoint: WebSocketEndpoint[AdmissionT], owns: Owns) -> None:
        self._endpoint = endpoint
        self._owns = owns

    def admit(self, head: RequestHead, peer: str) -> AdmissionT:
        session_id = session_of(head.path)
        if session_id is not None and not self._owns(session_id):
            raise HandshakeRefused(MISDIRECTED, WHY)
        return self._endpoint.admit(head, peer)

    def open(self, admission: AdmissionT, socket: WebSocketConnection) -> Receiver | None:
        return self._endpoint.open(admission, socket)


def own_app(app: ASGIApp, owns: Owns) -> ASGIApp:
    """`app` for the sessions that `owns` is true of, and for all that is of no session; 421 otherwise."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        session_id = session_of(scope["path"])
        if session_id is not None and not owns(session_id):
            await ApiRefused(MISDIRECTED, "misdirected", WHY).response()(scope, receive, send)
        else:
            await app(scope, receive, send)

    return guarded
