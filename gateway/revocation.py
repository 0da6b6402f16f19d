"""Shutting somebody out of the whole server: stored first, then known wherever their tokens are looked at.

    operator ── revoke ──> store (committed) ──> reach: handshakes, requests, open connections, seats ──> answer

Whoever is let in is looked up in one set, once per handshake and once per request; nothing is looked up per message.
"""

from collections.abc import Sequence
from typing import Protocol

import trio
from attrs import field, frozen

from actors.root import Root
from breakout.errors import UserNotFound
from gateway.session_endpoint import SessionEndpoint
from persistence.revoked_users import Revocation


class Reach(Protocol):
    """Where people are let in: this process, or several."""

    async def revoke(self, user_id: str) -> None:
        """Returns once they are let in nowhere, and every connection of theirs begins to be closed."""

    async def reinstate(self, user_id: str) -> None: ...


class RevocationStore(Protocol):
    """Where they are kept; `persistence.store.Store` does. All raise `StorageUnavailable`."""

    async def revoke(self, revocation: Revocation) -> None: ...

    async def reinstate(self, user_id: str) -> bool: ...

    async def revocations(self) -> Sequence[Revocation]: ...


@frozen
class Revocations:
    """All that an operator does about them, one at a time, so that what is stored and what is known come in one order."""

    store: RevocationStore
    reach: Reach
    _turn: trio.Lock = field(factory=trio.Lock, init=False)

    async def revoke(self, revocation: Revocation) -> None:
        """Shut somebody out; again is a success that changes nothing.

        Raises:
            StorageUnavailable: It could not be stored. Nothing was done.
        """
        async with self._turn:
            await self.store.revoke(revocation)
            await self.reach.revoke(revocation.user_id)

    async def reinstate(self, user_id: str) -> None:
        """Let somebody in again.

        Raises:
            UserNotFound: They were not shut out.
            StorageUnavailable: It could not be stored. Nothing was done.
        """
        async with self._turn:
            if not await self.store.reinstate(user_id):
                raise UserNotFound("nobody of that id is revoked", userId=user_id)
            await self.reach.reinstate(user_id)

    async def newest_first(self) -> Sequence[Revocation]:
        """Raises: StorageUnavailable: The store does not answer."""
        return await self.store.revocations()


@frozen
class OneProcess:
    """The sessions and the connections of this process."""

    root: Root
    endpoint: SessionEndpoint

    async def revoke(self, user_id: str) -> None:
        self.revoke_now([user_id])

    async def reinstate(self, user_id: str) -> None:
        self.root.reinstate(user_id)

    def revoke_now(self, user_ids: Sequence[str]) -> None:
        """As `revoke`, of many at once and without waiting."""
        self.root.revoke(user_ids)
        self.endpoint.close_users(user_ids)
