"""What the transport needs of the code behind a WebSocket, and how it says that a connection is over."""

from typing import TYPE_CHECKING, Protocol, TypeVar

from gateway.head import RequestHead, RequestRefused

if TYPE_CHECKING:
    from gateway.upgrade import WebSocketConnection

AdmissionT = TypeVar("AdmissionT")


class HandshakeRefused(RequestRefused):
    """The endpoint does not want this handshake: an HTTP error before the upgrade, never a Close frame after it."""


class Receiver(Protocol):
    """Takes what one WebSocket has to say. Neither method waits."""

    def text(self, text: str) -> None:
        """A message. What this raises fails the connection with 1011."""

    def ended(self, code: int, reason: str) -> None:
        """The WebSocket is closed, closing or lost: nothing more arrives. Called exactly once, also when the server is cancelled.

        `code` is the close code: the peer's, ours where we closed first, 1006 when the connection was lost. `reason` came with it
        and is for logs.
        """


class WebSocketEndpoint(Protocol[AdmissionT]):
    """The code behind every path under `/ws/`. `AdmissionT` is whatever it wants to know again after the upgrade."""

    def admit(self, head: RequestHead, peer: str) -> AdmissionT:
        """Decide about a handshake from `peer`, the client's address as far as it can be believed. Never blocks.

        Raises:
            HandshakeRefused: With the status that the client is to see.
        """
        ...

    def open(self, admission: AdmissionT, socket: "WebSocketConnection") -> Receiver | None:
        """Begin to serve a connection after its upgrade; None closes it with 1000 if no other close was requested. Never blocks.

        The answer to the handshake waits in `socket.stream`: it leaves with the first frame, or with a `flush` where nothing is
        to be sent at once. What this raises fails the connection with 1011.
        """
        ...
