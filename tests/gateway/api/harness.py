"""The API over a real port and a real store: sessions with people in them, and tokens to ask with."""

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import trio
from attrs import AttrsInstance, field, frozen
from starlette.applications import Starlette

from actors.flusher import Flusher
from actors.request import Request
from actors.root import Root, running
from actors.session_door import SessionDoor
from actors.session_runner import ActorSettings
from actors.steady_clock import SteadyClock
from breakout.contract import commands as c
from breakout.contract.table import COMMAND_BY_CLASS
from breakout.identity import Caller
from gateway.api.command_call import call
from gateway.api.committed import CommittedSessions
from gateway.api.refused import refused_command
from gateway.api.routes import api_routes
from gateway.app import make_app
from gateway.token import TokenVerifier
from gateway.wire.encode import WireEncoder
from persistence import Persistence, PersistenceSettings, open_persistence
from tests.actors.harness import FakeConnection, caller
from tests.fakes.token_maker import SECRET, make_token
from tests.gateway.transport_harness import Running, start

STAFF = ("MODERATOR",)


class Person(FakeConnection):
    """A connection that can wait for what it is sent."""

    def __init__(self, who: Caller, door: SessionDoor) -> None:
        super().__init__(who)
        self._door = door
        self._ids = itertools.count(1)
        self._flushed = trio.Event()
        door.connect(self)

    def flush(self) -> None:
        super().flush()
        self._flushed.set()
        self._flushed = trio.Event()

    async def first_frame(self) -> None:
        with trio.fail_after(5):
            while not self.sent:
                await self._flushed.wait()

    async def ask(self, command: AttrsInstance) -> Any:
        """The data of a success. Raises: ApiRefused: The command was refused."""
        envelope_id = str(next(self._ids))
        spec = COMMAND_BY_CLASS[type(command)]
        self._door.submit(Request(command, spec, self.caller, self, envelope_id))
        with trio.fail_after(5):
            while not (found := [f for f in self.sent if f["event"] == "reply" and f["id"] == envelope_id]):
                await self._flushed.wait()
        if not found[0]["success"]:
            raise refused_command(found[0]["error"]["code"], found[0]["error"]["message"])
        return found[0]["data"]


class LeapingClock(SteadyClock):
    """A clock that a test sets ahead; a leap is no time for trio."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead_ms = 0

    def now(self) -> int:
        return super().now() + self.ahead_ms

    def deadline(self, at: int) -> float:
        return super().deadline(at - self.ahead_ms)


@frozen
class Api:
    """A server that answers the API and nothing else."""

    app: Starlette
    clock: LeapingClock
    root: Root
    persistence: Persistence
    transport: Running
    http: httpx.AsyncClient
    people: dict[str, Person] = field(factory=dict)

    async def request(self, method: str, path: str, *, roles: tuple[str, ...] = STAFF, **more: Any) -> httpx.Response:
        """Ask as somebody with these roles; `claims` add to the token, and other keywords go to httpx."""
        headers = {"Authorization": f"Bearer {token(roles=roles, **more.pop('claims', {}))}", **more.pop("headers", {})}
        with trio.fail_after(20):
            return await self.http.request(method, path, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.request("GET", path, **more)

    async def json(self, path: str, **more: Any) -> Any:
        """The JSON of a success."""
        answer = await self.get(path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def upload(self, text: str | bytes, query: str = "", **more: Any) -> httpx.Response:
        """Import a CSV file into the session "demo"."""
        return await self.request("POST", f"/api/sessions/demo/assignments.csv{query}", content=text, **more)

    async def come(self, *user_ids: str, session: str = "demo", role: str = "ATTENDEE") -> None:
        """Let people connect; returns when the session knows them."""
        for user_id in user_ids:
            person = self.people[user_id] = Person(caller(user_id, role=role), self.root.door(session))
            await person.first_frame()

    async def do(self, command: AttrsInstance, *, user: str = "olga", session: str = "demo", role: str = STAFF[0]) -> Any:
        """Have a person carry out a command, by their connection where they have one."""
        if user in self.people:
            return await self.people[user].ask(command)
        return await call(self.root.door(session), caller(user, role=role), command)

    async def room(self, name: str, session: str = "demo", **fields: Any) -> str:
        """A new room; gives its id."""
        reply = await self.do(c.CreateRoom(name, **fields), session=session)
        room_id: str = reply["room"]["id"]
        return room_id

    async def put_to_sleep(self, session: str = "demo") -> None:
        """Let a session leave memory, as the sweeper does."""
        await self.root.save_snapshots()
        del self.root._doors[session]
        self.root._scopes.pop(session).cancel()

    async def seats(self, session: str = "demo") -> dict[str, set[str]]:
        """Who sits where, by room names, as it is committed."""
        loaded = await self.persistence.store.load_session(session, now=self.root.clock.now())
        return {room.state.name: set(room.state.seats) for room in loaded.rooms.values()}


def token(**claims: Any) -> str:
    given = {"sub": "olga", "exp": int(time.time()) + 3600, **claims}
    return make_token({**given, "roles": list(given.get("roles", ()))})


@asynccontextmanager
async def open_api(path: Path, nursery: trio.Nursery, **more: Any) -> AsyncIterator[Api]:
    """The API over the database `path`; `allowed_origins` as in the settings."""
    flusher, encoder, clock = Flusher(), WireEncoder(), LeapingClock()
    async with (
        open_persistence(path, PersistenceSettings(), after_batch=flusher.flush) as persistence,
        running(Root(persistence, encoder, flusher, ActorSettings(), clock=clock)) as root,
    ):
        sessions = CommittedSessions(root, persistence.store)
        app = make_app(api_routes(sessions, TokenVerifier([SECRET]), encoder, more.get("allowed_origins", ())))
        transport = await start(nursery, app=app)
        host, port = transport.address[:2]
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}", trust_env=False) as http:
            yield Api(app, clock, root, persistence, transport, http)
