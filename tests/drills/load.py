"""People who chat without pause, and remember what they were told is stored and what they saw."""

from typing import Any

import trio
from attrs import define, field

from tests.drills.harness import ConnectionOver, Device, ServerProcess, connect, make_room, staff, token

CHAT = "breakout.chat.send"


@define
class Seen:
    """What a load's people know.

    Attributes:
        acknowledged: Texts whose command succeeded.
        pushed: Texts that somebody was shown.
        refused: Codes of the errors, one per command refused.
        sent: Every text sent.
        closes: Close codes of the connections.
    """

    acknowledged: set[str] = field(factory=set)
    pushed: set[str] = field(factory=set)
    refused: list[str] = field(factory=list)
    sent: set[str] = field(factory=set)
    closes: list[int] = field(factory=list)
    latencies: list[float] = field(factory=list)

    @property
    def known(self) -> set[str]:
        """What must be in the store."""
        return self.acknowledged | self.pushed


@define
class Chatter:
    """One person with `window` messages under way at any time; each text is used once, under itself as its key."""

    device: Device
    name: str
    seen: Seen
    window: int = 8
    pause_seconds: float = 0.0
    _number: int = 0
    _under_way: dict[str, tuple[str, float]] = field(factory=dict)

    async def run(self) -> None:
        """Chat until the connection is over or the task is cancelled."""
        try:
            for _ in range(self.window):
                await self._send()
            while True:
                await self._take(await self.device.receive())
        except ConnectionOver as over:
            self.seen.closes.append(over.code)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.seen.closes.append(1006)

    async def _send(self) -> None:
        self._number += 1
        text = f"{self.name}-{self._number}"
        self.seen.sent.add(text)
        number = await self.device.send(CHAT, {"text": text}, key=text)
        self._under_way[number] = (text, trio.current_time())

    async def _take(self, frame: dict[str, Any]) -> None:
        if frame["event"] == "breakout.chat.message":
            self.seen.pushed.add(frame["data"]["message"]["text"])
        elif frame["event"] == "reply" and frame["id"] in self._under_way:
            text, sent_at = self._under_way.pop(frame["id"])
            self.seen.latencies.append(trio.current_time() - sent_at)
            if frame["success"]:
                self.seen.acknowledged.add(text)
            else:
                self.seen.refused.append(frame["error"]["code"])
            await trio.sleep(self.pause_seconds)
            await self._send()


async def seat_people(server: ServerProcess, count: int, *, prefix: str = "", rooms: int = 2) -> list[Device]:
    """`count` people, each with a seat in one of `rooms` new rooms. The staff member who made them has left."""
    host = await staff(server)
    room_ids = [await make_room(host, f"Room {n}") for n in range(rooms)]
    people = []
    for number in range(count):
        device = await connect(server.address, token(f"{prefix}p{number}", "ATTENDEE"))
        joined = await device.call("breakout.room.join", {"roomId": room_ids[number % rooms]})
        assert joined["success"], joined
        people.append(device)
    host.drop()
    return people


async def chat_for(people: list[Device], seconds: float, seen: Seen, *, prefix: str = "", **chatter: Any) -> None:
    """Everybody chats for so long, then stops reading in the middle of it."""
    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            for number, device in enumerate(people):
                nursery.start_soon(Chatter(device, f"{prefix}{number}", seen, **chatter).run)
