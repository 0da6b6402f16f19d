"""One simulated person: a connection that is read to the end, what it tells of the session, and something to do now and then."""

import random
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
import trio

from gateway.demo_words import LINES, OPENERS, REASONS
from gateway.start_refused import StartRefused
from gateway.terminal_client import ConnectionOver, Target, TerminalConnection, connected

ARRIVAL_SECONDS: Final = 20.0
"""Everybody has come after this; a real session fills more slowly, a newcomer at the screen has less patience."""

PAUSE_SECONDS: Final = (3.0, 14.0)
"""Between two things that one person does: forty of them make a line of chat every few seconds in some room."""

SPEAKING_SECONDS: Final = (2.0, 8.0)
RETURN_SECONDS: Final = (0.5, 4.0)
"""How long people take to look up after a recall."""

RECONNECT_SECONDS: Final = (1.0, 4.0)


class DemoPerson:
    """Comes, joins a room, talks, asks for help or time, leaves for another one; comes back when the server was away.

    Args:
        target: The server, the session and this person's token.
        chance: Where their whims come from.
        pace: How many times faster than life.
    """

    def __init__(self, target: Target, chance: random.Random, pace: float) -> None:
        self.rooms: dict[str, dict[str, Any]] = {}
        self.room_id: str | None = None
        self.help: list[dict[str, Any]] = []
        self._target = target
        self._chance = chance
        self._pace = pace
        self._connection: TerminalConnection | None = None
        self._nursery: trio.Nursery | None = None
        self._sent = 0

    async def run(self) -> None:
        """Be there until cancelled."""
        await trio.sleep(self._chance.uniform(0, ARRIVAL_SECONDS) / self._pace)
        while True:
            try:
                await self._visit()
            except* (ConnectionOver, StartRefused):
                await self.pause(RECONNECT_SECONDS)

    async def act(self) -> None:
        """Do one thing."""
        if self.room_id is None:
            await self._join()
            return
        deeds: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (60, self._write), (22, self._speak), (4, self._ask_help), (3, self._ask_time), (5, self._leave), (3, self._join),
        ]
        weights = [weight for weight, _ in deeds]
        await self._chance.choices([deed for _, deed in deeds], weights)[0]()

    async def send(self, event: str, **data: object) -> None:
        """Send a command and do not wait for its reply: a refusal is part of life."""
        self._sent += 1
        if self._connection is not None:
            frame = {"event": f"breakout.{event}", "id": str(self._sent), "data": data}
            await self._connection.send(orjson.dumps(frame).decode())

    async def pause(self, between: tuple[float, float]) -> None:
        """Wait for some seconds between the two, divided by the pace."""
        await trio.sleep(self._chance.uniform(*between) / self._pace)

    async def _visit(self) -> None:
        async with connected(self._target) as self._connection, trio.open_nursery() as self._nursery:
            self._nursery.start_soon(self._read, self._connection)
            while True:
                await self.pause(PAUSE_SECONDS)
                await self.act()

    async def _read(self, connection: TerminalConnection) -> None:
        while True:
            message = orjson.loads(await connection.receive())
            if message["event"] != "reply":
                self._take(message["event"].removeprefix("breakout."), message["data"])

    def _take(self, event: str, data: dict[str, Any]) -> None:
        """Keep what matters for what to do next."""
        match event:
            case "session.state":
                self.rooms = {room["id"]: room for room in data["rooms"]}
                self.room_id = data["self"]["roomId"]
                self.help = data.get("help", [])
            case "room.created":
                self.rooms[data["room"]["id"]] = data["room"]
            case "rooms.updated":
                self.rooms.update((room["id"], room) for room in data["rooms"])
            case "room.closed":
                self.rooms.pop(data["roomId"], None)
            case "participant.seated":
                self.room_id = data["roomId"]
            case "help.updated":
                self.help = data["help"]
            case "recalled" if self._nursery is not None:
                self._nursery.start_soon(self._return, data["recallId"], data["graceSeconds"])

    async def _return(self, recall_id: str, grace_seconds: int) -> None:
        await trio.sleep(grace_seconds)
        await self.pause(RETURN_SECONDS)
        await self.send("recall.ack", recallId=recall_id)

    def _open_rooms(self) -> list[str]:
        return [
            room["id"]
            for room in self.rooms.values()
            if room["status"] in {"WAITING", "ACTIVE"} and not room["locked"] and room["participantCount"] < room["maxParticipants"]
        ]

    async def _join(self) -> None:
        rooms = [room_id for room_id in self._open_rooms() if room_id != self.room_id]
        if rooms:
            await self.send("room.join", roomId=self._chance.choice(rooms))
            await self.pause(PAUSE_SECONDS)
            await self.send("chat.send", text=self._chance.choice(OPENERS))

    async def _write(self) -> None:
        await self.send("chat.send", text=self._chance.choice(LINES))

    async def _speak(self) -> None:
        await self.send("speaking.start")
        await self.pause(SPEAKING_SECONDS)
        await self.send("speaking.stop")

    async def _ask_help(self) -> None:
        await self.send("help.request", reason=self._chance.choice(REASONS))

    async def _ask_time(self) -> None:
        await self.send("time.request", seconds=300)

    async def _leave(self) -> None:
        await self.send("room.leave")
