"""What the transport needs of the code behind a WebSocket, and how it says that a connection is over."""

from typing import TYPE_CHECKING, Protocol, TypeVar

from gateway.head import RequestHead, RequestRefused

if TYPE_CHECKING:
    from gateway.upgrade import WebSocketConnection

AdmissionT = TypeVar("AdmissionT")


class HandshakeRefused(RequestRefused):
    """The endpoint does not want this handshake: an HTTP error before the upgrade, never a Close frame after it."""


class ConnectionEnded(Exception):
    """The WebSocket is closed, closing or lost. Nothing more arrives.

    Attributes:
        code: The close code: the peer's, ours where we closed first, 1006 when the connection was lost.
        reason: What came with it, for logs.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class WebSocketEndpoint(Protocol[AdmissionT]):
    """The code behind every path under `/ws/`. `AdmissionT` is whatever it wants to know again after the upgrade."""

    def admit(self, head: RequestHead, peer: str) -> AdmissionT:
        """Decide about a handshake from `peer`, the client's address as far as it can be believed. Never blocks.

        Raises:
            HandshakeRefused: With the status that the client is to see.
        """
        ...

    async def run(self, admission: AdmissionT, socket: "WebSocketConnection") -> None:
        """Serve one connection after its upgrade; it is closed when this returns (1000) or fails (1011).

        The answer to the handshake waits in `socket.stream`: it leaves with the first frame, or with a `flush` where nothing is
        to be sent at once.

        `ConnectionEnded` may pass: it is the ordinary end.
        """
        ...
