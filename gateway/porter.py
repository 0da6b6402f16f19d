"""Who decides, before a byte of a connection is read, whether this process serves it."""

from collections.abc import Callable
from typing import Protocol

from gateway.link import Link
from gateway.visit import Visit


class Porter(Protocol):
    """Looks at a new connection and may give it to another process."""

    async def keeps(self, link: Link, visit: Visit, take_place: Callable[[str, Visit], None]) -> bool:
        """Whether the connection stays here, with nothing of it read. False: it is over, or another process has it.

        `take_place` is called with the client's address where that is not the peer's; where another process has the
        connection, `visit.elsewhere` is set, and `visit.leave` is to be called when it is over.

        Raises:
            RequestRefused: What the client is to be told; nobody else has the connection.
        """
        ...
