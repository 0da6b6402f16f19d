"""A session without sockets: connections that remember their frames, and a store in memory."""

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Self

import orjson
import trio
import trio.testing

from actors.flusher import Flusher
from actors.request import Request
from actors.root import Root, running
from actors.session_runner import ActorSettings
from actors.steady_clock import SteadyClock
from breakout.identity import Caller, User
from breakout.permission import permissions_of
from gateway.wire.decode import decode_command, decode_envelope, digest
from gateway.wire.encode import WireEncoder
from tests.fakes.memory_store import MemoryStore

START_MS = 1_790_000_000_400
"""The tests' wall clock starts between two whole seconds, as any real one does."""


def payloads(frames: bytes) -> Iterator[dict[str, Any]]:
    """The JSON inside each of the ready server frames that stand in `frames`, one behind the other."""
    while frames:
        short = frames[1]
        header = {126: 4, 127: 10}.get(short, 2)
        length = short if header == 2 else int.from_bytes(frames[2:header], "big")
        yield orjson.loads(frames[header : header + length])
        frames = frames[header + length :]


class FakeConnection:
    """A subscriber that remembers what it was sent; `sent` holds what was flushed."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.sent: list[dict[str, Any]] = []
        self.flushes = 0
        self.closed: int | None = None
        self._queued: dict[object, bytes] = {}

    def send(self, frame: bytes) -> None:
        self._queued[object()] = frame

    @property
    def tick_target(self) -> Self:
        return self

    def send_tick(self, key: str, frame: bytes) -> bool:
        self._queued[key] = frame
        return True

    def flush(self) -> None:
        self.flushes += 1
        self.sent += [payload for frames in self._queued.values() for payload in payloads(frames)]
        self._queued = {}

    def close(self, code: int, reason: str) -> None:
        self.closed = code

    @property
    def events(self) -> list[str]:
        """The names of all frames so far, in order."""
        return [frame["event"] for frame in self.sent]

    def pushes(self, event: str) -> list[dict[str, Any]]:
        """The data of every push of this event, oldest first."""
        return [frame["data"] for frame in self.sent if frame["event"] == f"breakout.{event}"]


class Client:
    """One connection in a session, with the assertions that tests read best with."""

    def __init__(self, world: "World", connection: FakeConnection) -> None:
        self.world = world
        self.connection = connection
        self.user_id = connection.caller.user.id
        self._ids = itertools.count(1)

    def send(self, event: str, /, key: str | None = None, **data: Any) -> str:
        """Send a command, as the gateway would; returns its id."""
        envelope_id = str(next(self._ids))
        envelope = {"event": f"breakout.{event}", "id": envelope_id, "data": data}
        if key is not None:
            envelope["idempotencyKey"] = key
        decoded = decode_envelope(orjson.dumps(envelope).decode())
        spec, command = decode_command(decoded)
        request = Request(
            command, spec, self.connection.caller, self.connection, envelope_id, key, digest(decoded.event, decoded.data)
        )
        self.world.door.submit(request)
        return envelope_id

    def reply(self, envelope_id: str) -> dict[str, Any] | None:
        """The whole reply frame to a command, or None while there is none."""
        frames = [f for f in self.connection.sent if f["event"] == "reply" and f["id"] == envelope_id]
        assert len(frames) <= 1, "answered twice"
        return frames[0] if frames else None

    async def ask(self, event: str, /, key: str | None = None, **data: Any) -> Any:
        """Send a command and return the data of its success."""
        envelope_id = self.send(event, key, **data)
        await self.world.settle()
        frame = self.reply(envelope_id)
        assert frame is not None, f"no reply to {event}"
        assert frame["success"], frame["error"]
        return frame["data"]

    async def refused(self, event: str, /, key: str | None = None, **data: Any) -> Any:
        """Send a command and return the error it is refused with."""
        envelope_id = self.send(event, key, **data)
        await self.world.settle()
        frame = self.reply(envelope_id)
        assert frame is not None, f"no reply to {event}"
        assert not frame["success"], f"{event} succeeded: {frame}"
        return frame["error"]

    def pushes(self, event: str) -> list[dict[str, Any]]:
        return self.connection.pushes(event)

    def forget(self) -> None:
        """Forget every frame so far."""
        self.connection.sent.clear()

    async def state(self) -> Any:
        """The session as this client may see it now."""
        return await self.ask("session.get")

    async def room_id(self) -> str | None:
        """Where this user sits, as the session says."""
        found: str | None = (await self.state())["self"]["roomId"]
        return found

    def events(self) -> list[str]:
        """The names of all frames so far, in order, without the prefix."""
        return [frame["event"].removeprefix("breakout.") for frame in self.connection.sent]

    async def leave(self) -> None:
        """Drop the connection."""
        self.world.door.disconnect(self.connection)
        await self.world.settle()


class World:
    """A root with one session, over a store in memory."""

    def __init__(self, root: Root, store: MemoryStore, session_id: str = "demo") -> None:
        self.root = root
        self.store = store
        self.door = root.door(session_id)

    async def settle(self) -> None:
        """Let every actor finish what it can do without time passing."""
        await trio.testing.wait_all_tasks_blocked(0.0001)

    async def connect(self, user_id: str, *, role: str = "ATTENDEE", first_name: str = "") -> Client:
        """Somebody connects; returns when they have their first frame."""
        connection = FakeConnection(caller(user_id, role=role, first_name=first_name))
        self.door.connect(connection)
        await self.settle()
        return Client(self, connection)

    async def another(self, client: Client) -> Client:
        """A second device of somebody."""
        connection = FakeConnection(client.connection.caller)
        self.door.connect(connection)
        await self.settle()
        return Client(self, connection)

    async def staff(self, user_id: str = "olga") -> Client:
        return await self.connect(user_id, role="MODERATOR")

    @property
    def runner(self) -> Any:
        assert self.door.runner is not None
        return self.door.runner

    def room_state(self, room_id: str) -> Any:
        """What the actors have decided so far about a room."""
        return self.runner.feed.rooms[room_id]

    async def room(self, staff: Client, name: str = "Blue", **fields: Any) -> str:
        """A new room; returns its id."""
        made = await staff.ask("room.create", name=name, **fields)
        room_id: str = made["room"]["id"]
        return room_id

    def break_room(self, room_id: str) -> None:
        """Put a message into the room's mailbox that its actor dies of."""
        self.runner.children.tell(room_id, "a message no room understands")

    async def crash(self, room_id: str) -> None:
        """Let the room's actor die of a bug, and be restored."""
        self.break_room(room_id)
        await self.settle()

    async def crash_supervisor(self) -> None:
        """Let the supervisor die of a bug; the session comes back after the pause that follows a failure."""
        self.runner.supervisor.tell("a message no supervisor understands")
        await self.settle()

    async def pass_seconds(self, seconds: float) -> None:
        """Let time pass, and everything happen that it brings."""
        await trio.sleep(seconds)
        await self.settle()

    async def windows(self) -> None:
        """Let what is coalesced leave, until nothing is pending."""
        await self.pass_seconds(0.3)
        while self.root._coalescer._pending.is_set():
            await self.pass_seconds(0.05)


def caller(user_id: str, *, role: str = "ATTENDEE", first_name: str = "") -> Caller:
    return Caller(User(user_id, first_name or user_id.title(), "Test"), permissions_of([role], []))


def make_root(store: MemoryStore, *, settings: ActorSettings | None = None, clock: SteadyClock | None = None) -> Root:
    flusher = Flusher()
    store.after_batch = flusher.flush
    return Root(store, WireEncoder(), flusher, settings or ActorSettings(), clock=clock or SteadyClock(START_MS))


@asynccontextmanager
async def world_over(
    store: MemoryStore, *, settings: ActorSettings | None = None, clock: SteadyClock | None = None
) -> AsyncIterator[World]:
    """A root over `store`, as after a start of the process; with the clock of the one before, time goes on."""
    async with running(make_root(store, settings=settings, clock=clock)) as root:
        world = World(root, store)
        await world.settle()
        try:
            yield world
        finally:
            store.auto_commit = True
            store.commit()  # a real journal always comes to an end with what it was given
