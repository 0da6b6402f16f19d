"""One client command on its way to an actor, and the connection its reply goes to."""

from typing import Protocol

from attrs import frozen

from breakout.contract.table import CommandSpec, Needs
from breakout.identity import Caller


class TickTarget(Protocol):
    """What takes the ticks of one connection."""

    def send_tick(self, key: str, frame: bytes) -> bool:
        """Send a frame at once, or queue it where something waits already: then it replaces an unsent one of the same `key`.

        Returns whether it waits for the next `flush`.
        """


class Subscriber(Protocol):
    """One connection as the actors see it. No method blocks, raises or waits; a dead connection ignores them all.

    Attributes:
        caller: Whose connection it is.
    """

    caller: Caller

    def send(self, frame: bytes) -> None:
        """Queue a ready frame, or several joined; they leave with the next `flush`."""

    @property
    def tick_target(self) -> TickTarget:
        """Kept by those who send it ticks, because asking costs a tenth of a send."""

    def flush(self) -> None:
        """Send what is queued, in one piece."""

    def close(self, code: int, reason: str) -> None:
        """End the connection."""


@frozen(eq=False)
class Request:
    """A decoded command.

    Attributes:
        id: The envelope's id; without one a success is not answered.
        idempotency_key: With a `digest` of event and data, when the client gave one.
    """

    command: object
    spec: CommandSpec
    caller: Caller
    reply_to: Subscriber
    id: str | None = None
    idempotency_key: str | None = None
    digest: bytes = b""

    @property
    def control(self) -> bool:
        """An operator's has room in a full mailbox: it is what ends the flood. The operators' API bounds their number."""
        return self.spec.needs is Needs.OPERATE
