"""Keeps one life of a worker informed of who is revoked: of all before it is given anybody, then of what changes.

The front's set is what counts. What the worker was told and has done is remembered here, and the difference is sent, a part at a
time, each answered before the next: so the order is right, a full channel is tried again, and a life that ends owes nothing.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Final

import orjson
import trio
from attrs import frozen

from gateway.workers.channel import USERS, Channel, ChannelFull, Message

IDS_PER_MESSAGE: Final = 100
"""An id has at most 128 characters, 512 bytes: with room to spare in a message of 64 KiB."""

RETRY_SECONDS: Final = 0.05
"""After a channel was full."""


@frozen
class UsersChanged:
    """One part of the difference, as it is on the way."""

    revoked: list[str]
    reinstated: list[str]

    def message(self) -> Message:
        return Message(USERS, orjson.dumps([self.revoked, self.reinstated]))

    @classmethod
    def of(cls, message: Message) -> "UsersChanged":
        return cls(*orjson.loads(message.payload))


class Informing:
    """Of one life. Args: wanted: Who is revoked, as the front has it; a live view."""

    def __init__(self, wanted: AbstractSet[str]) -> None:
        self._wanted = wanted
        self._told: set[str] = set()
        self._stale = trio.Event()
        self._answered = trio.Event()
        self._over = False
        self._waiting = trio.lowlevel.ParkingLot()

    async def run(self, channel: Channel, in_step: Callable[[], None]) -> None:
        """Tell the worker, once it listens, and then whatever changes; `in_step` is called whenever it knows all.

        Raises:
            ChannelClosed: The life is over.
        """
        while True:
            self._stale = trio.Event()
            part = self._next_part()
            if part is not None:
                await self._tell(channel, part)
            else:
                in_step()
                self._waiting.unpark_all()
                await self._stale.wait()

    def note_answer(self) -> None:
        """The worker has done what it was told last."""
        self._answered.set()

    async def wait_in_step(self) -> None:
        """Return once the worker has done all that is wanted by now, or its life is over."""
        self._stale.set()
        while not self._over and self._told != self._wanted:
            await self._waiting.park()

    def end(self) -> None:
        """The life is over: nobody is connected to it."""
        self._over = True
        self._waiting.unpark_all()

    def _next_part(self) -> UsersChanged | None:
        revoked = list(islice(self._wanted - self._told, IDS_PER_MESSAGE))
        reinstated = [] if revoked else list(islice(self._told - self._wanted, IDS_PER_MESSAGE))
        return UsersChanged(revoked, reinstated) if revoked or reinstated else None

    async def _tell(self, channel: Channel, part: UsersChanged) -> None:
        self._answered = trio.Event()
        try:
            await channel.send(part.message())
        except ChannelFull:
            await trio.sleep(RETRY_SECONDS)
        else:
            await self._answered.wait()
            self._told.update(part.revoked)
            self._told.difference_update(part.reinstated)
