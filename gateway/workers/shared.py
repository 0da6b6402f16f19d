"""One answer for all who ask the same at the same time, so that a flood of probes costs what one of them does."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import trio
from attrs import define, field

Result = TypeVar("Result")


@define
class _Asking(Generic[Result]):
    over: trio.Event = field(factory=trio.Event)
    found: list[Result] = field(factory=list)


class Shared(Generic[Result]):
    """Asks again only when nobody's answer is on its way. Args: ask: What to ask; raises nothing but when it is cancelled."""

    def __init__(self, ask: Callable[[], Awaitable[Result]]) -> None:
        self._ask = ask
        self._asking: _Asking[Result] | None = None

    async def answer(self) -> Result:
        """The answer, which may have been asked for a little before this was called. Always a checkpoint."""
        while True:
            asking = self._asking
            if asking is None:
                return await self._begin()
            await asking.over.wait()
            if asking.found:
                return asking.found[0]

    async def _begin(self) -> Result:
        asking = self._asking = _Asking()
        try:
            asking.found.append(await self._ask())
        finally:
            self._asking = None
            asking.over.set()
        return asking.found[0]
