"""How many connections the server and one address may have."""

from collections import Counter

from gateway.client_address import counted_address


class ConnectionLimits:
    """Counts connections in all and by address; who enters must leave."""

    def __init__(self, max_connections: int, max_per_address: int) -> None:
        self._max = max_connections
        self._max_per_address = max_per_address
        self._total = 0
        self._by_address: Counter[str] = Counter()

    @property
    def total(self) -> int:
        return self._total

    def enter(self) -> bool:
        """Take one place of the server's; False when there is none, then nothing was taken."""
        if self._total >= self._max:
            return False
        self._total += 1
        return True

    def leave(self) -> None:
        self._total -= 1

    def enter_address(self, address: str) -> bool:
        """Take one place of `address`'s; False when there is none, then nothing was taken."""
        key = counted_address(address)
        if self._by_address[key] >= self._max_per_address:
            return False
        self._by_address[key] += 1
        return True

    def leave_address(self, address: str) -> None:
        key = counted_address(address)
        self._by_address[key] -= 1
        if not self._by_address[key]:
            del self._by_address[key]
