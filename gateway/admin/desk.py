"""What every operator's request needs: who asks, the sessions, and a way to act that leaves a trace."""

from collections import Counter
from contextlib import AbstractAsyncContextManager
from typing import Final

import trio
from attrs import AttrsInstance, field, frozen
from starlette.requests import Request

from actors.session_door import SessionDoor
from breakout.errors import Overloaded, StorageUnavailable
from breakout.identity import Caller
from gateway.admin.attempt import Attempts
from gateway.admin.trail import AuditTrail, Doing
from gateway.api.auth import ID, Gate
from gateway.api.command_call import CALL_SECONDS, call
from gateway.api.committed import CommittedSessions
from gateway.api.refused import ApiRefused
from gateway.wire.encode import WireEncoder

MAX_ACTS: Final = 16
"""Operations on one session at once: more than a room full of operators needs, and nothing beside a mailbox of 1,000."""


@frozen
class Desk:
    """Shared by all endpoints of the operators' API."""

    gate: Gate
    sessions: CommittedSessions
    encoder: WireEncoder
    trail: AuditTrail
    _under_way: Counter[str] = field(factory=Counter, init=False)

    def now(self) -> int:
        """The server's clock, in milliseconds."""
        return self.sessions.root.clock.now()

    def server_operator(self, request: Request) -> Caller:
        """Who operates on the whole server.

        Raises:
            ApiRefused: 401 no good token; 403 without `breakout:operate`, or with a token that is limited to sessions.
        """
        return self.gate.server_operator(request)

    def session_operator(self, request: Request, session_id: str) -> Caller:
        """Who operates on one session. Raises: ApiRefused: As `server_operator`; the token must be good for this session."""
        claims = self.gate.operator(request)
        if not claims.good_for(session_id):
            raise ApiRefused(403, "forbidden", "the token is not good for this session")
        return claims.caller

    async def room_operator(self, request: Request) -> "Ward":
        """Who operates on the room in the path, and its session.

        Raises:
            ApiRefused: As `session_operator`; 404 no such room, which only operators learn.
        """
        room_id = path_id(request)
        self.gate.operator(request)
        session_id = await self.session_of(room_id)
        return Ward(self.session_operator(request, session_id), session_id, room_id)

    async def session_of(self, room_id: str) -> str:
        """The session of a room, in memory or not. Raises: ApiRefused: 404, there is no such room."""
        for door in self.sessions.root.doors():
            if door.runner is not None and room_id in door.runner.feed.rooms:
                return door.session_id
        found = await self.sessions.store.session_of_room(room_id)
        if found is None:
            raise ApiRefused(404, "room_not_found", "there is no such room")
        return found

    async def known_session(self, session_id: str) -> SessionDoor:
        """The way into a session that is in memory or in the store; no other is made by asking.

        Raises:
            ApiRefused: 404, nobody has been in such a session.
        """
        root = self.sessions.root
        door = root.find(session_id)
        if door is None:
            stored = await self.sessions.store.load_session(session_id, now=self.now())
            if not stored.position:
                raise ApiRefused(404, "session_not_found", "there is no such session")
        return door or root.door(session_id)

    async def loaded_session(self, session_id: str) -> SessionDoor:
        """As `known_session`, once it is in memory: an operator's look brings back one that sleeps.

        Raises:
            ApiRefused: As `known_session`.
            StorageUnavailable: It cannot be loaded.
        """
        door = await self.known_session(session_id)
        with trio.move_on_after(CALL_SECONDS):
            await door.loaded.wait()
            return door
        raise StorageUnavailable("the session could not be loaded; try again")

    async def operate(self, operator: Caller, session_id: str, command: AttrsInstance) -> None:
        """Have the session carry out `command`, once it is committed with the trace it leaves in the journal.

        It has room where the session's mailbox is full, which `MAX_ACTS` bounds.

        Raises:
            ApiRefused: It was refused.
            Overloaded: `MAX_ACTS` operations on this session are under way. Nothing was queued.
        """
        if self._under_way[session_id] >= MAX_ACTS:
            raise Overloaded(f"{MAX_ACTS} operations on this session are under way; nothing was queued; try again")
        self._under_way[session_id] += 1
        try:
            await call(await self.known_session(session_id), operator, command)
        finally:
            self._under_way[session_id] -= 1
            if not self._under_way[session_id]:
                del self._under_way[session_id]

    def acting(self, request: Request, action: str, target: str = "") -> AbstractAsyncContextManager[Doing]:
        """See `Attempts.acting`."""
        return Attempts(self.gate, self.trail, self.now).acting(request, action, target)


@frozen
class Ward:
    """A room, and who operates on it."""

    operator: Caller
    session_id: str
    room_id: str


def path_id(request: Request) -> str:
    """The id in the path. Raises: ApiRefused: 404, it cannot be one."""
    given: str = request.path_params["id"]
    if ID.match(given) is None:
        raise ApiRefused(404, "not_found", "an id has 1-64 characters, no / and no control characters")
    return given


def path_target(request: Request) -> str:
    """The id in the path for the audit, which does not repeat what cannot be one."""
    given: str = request.path_params["id"]
    return given if ID.match(given) else ""
