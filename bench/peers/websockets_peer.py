"""The Python package `websockets` on asyncio, with its `broadcast`; a room is a set of connections and a roster."""

import asyncio
import json
import sys
from typing import Any

from attrs import define, field
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from bench.peers import frames

LASTS_SECONDS = 12 * 3600
STATE = '{"event":"breakout.session.state","sentAt":0,"data":{}}'


@define(eq=False)
class Room:
    people: dict[ServerConnection, dict[str, object]] = field(factory=dict)
    seq: int = 0


@define(eq=False)
class Peer:
    """The whole server."""

    rooms: dict[str, Room] = field(factory=dict)
    numbers: int = 0
    ticking: asyncio.Task[None] | None = None

    async def serve_one(self, connection: ServerConnection) -> None:
        self.numbers += 1
        number = self.numbers
        try:
            await connection.send(STATE)
            await self._listen(connection, number)
        except ConnectionClosed:
            return

    async def _listen(self, connection: ServerConnection, number: int) -> None:
        room, room_id = Room(), ""
        try:
            async for text in connection:
                message: dict[str, Any] = json.loads(text)
                if message["event"] == "breakout.room.join":
                    room_id = message["data"]["roomId"]
                    room = self.rooms.setdefault(room_id, Room())
                    await self._join(connection, room, room_id, number, message["id"])
                elif message["event"] == "breakout.chat.send":
                    self._chat(room, room_id, number, message)
                    await connection.send(frames.reply_text(message["id"], {}).decode())
                else:
                    await connection.send(frames.reply_text(message["id"], {}).decode())
        finally:
            room.people.pop(connection, None)

    async def order(self, words: list[str]) -> None:
        """Carry out a line of the harness."""
        if words[0] == "tick":
            self.ticking = asyncio.create_task(self._tick(int(words[1])))
        elif words[0] == "recall":
            for room_id, room in self.rooms.items():
                broadcast(room.people, frames.recalled_text(room_id).decode())

    async def _join(self, connection: ServerConnection, room: Room, room_id: str, number: int, ident: str) -> None:
        newcomer = frames.person(number)
        room.people[connection] = newcomer
        room.seq += 1
        await connection.send(frames.reply_text(ident, {"participants": list(room.people.values())}).decode())
        broadcast(room.people, frames.joined_text(room_id, room.seq, newcomer, len(room.people)).decode())

    def _chat(self, room: Room, room_id: str, number: int, message: dict[str, Any]) -> None:
        room.seq += 1
        user = {"id": f"p{number}", "firstName": f"Given{number}", "lastName": "Family"}
        broadcast(room.people, frames.chat_text(room_id, room.seq, message["data"]["text"], user).decode())

    async def _tick(self, beat_ms: int) -> None:
        ends_at = (frames.now_ms() // 1000 + LASTS_SECONDS) * 1000
        left = (ends_at - frames.now_ms()) // beat_ms
        while True:
            await asyncio.sleep(max(0.0, (ends_at - left * beat_ms - frames.now_ms()) / 1000))
            now = frames.now_ms()
            for room_id, room in self.rooms.items():
                broadcast(room.people, frames.tick_text(room_id, left, ends_at, now).decode())
            left -= 1


async def main() -> None:
    peer = Peer()
    loop = asyncio.get_running_loop()
    options: dict[str, Any] = {"compression": None, "subprotocols": [Subprotocol("breakout.v1")], "backlog": 4096}
    async with serve(peer.serve_one, "127.0.0.1", 0, **options) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(f"listening on http://127.0.0.1:{port}", flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            await peer.order(line.split())
            print("{}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
