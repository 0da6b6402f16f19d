"""The places that one connection takes, for as long as it is open, in this process or in another one."""

from collections.abc import Callable

from gateway.connection_limits import ConnectionLimits


class Visit:
    """One connection's places. Args: left: Called once, when they are given back."""

    def __init__(self, limits: ConnectionLimits, left: Callable[[], None] = lambda: None) -> None:
        self.elsewhere = False
        self._limits = limits
        self._left = left
        self._entered = self._over = False
        self._addresses: list[str] = []

    def enter(self) -> bool:
        """Take one place of the server's; False when there is none."""
        self._entered = self._limits.enter()
        return self._entered

    def enter_address(self, address: str) -> bool:
        """Take one place of `address`'s; False when there is none."""
        entered = self._limits.enter_address(address)
        if entered:
            self._addresses.append(address)
        return entered

    def end_here(self) -> None:
        """The connection is closed in this process; its places are kept where another process goes on with it."""
        if not self.elsewhere:
            self.leave()

    def leave(self) -> None:
        """Give back every place. Only the first call counts."""
        if self._over:
            return
        self._over = True
        for address in self._addresses:
            self._limits.leave_address(address)
        if self._entered:
            self._limits.leave()
        self._left()
