"""What may be done to one room; each attack goes on until it is ended.

    python -m tests.drills.attacks NAME URL ROOM_ID

As a process of its own it does not take the time of whoever measures what the other rooms feel.
"""

import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import trio
from attrs import frozen

from tests.drills.crashing import WORD
from tests.drills.harness import ConnectionOver, Device, connect, token
from tests.drills.load import CHAT

CROWD = 50
"""People who read nothing, or hardly anything."""


@frozen
class Target:
    """A room to attack."""

    url: str
    room_id: str

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port


ENDS = (ConnectionOver, AssertionError, OSError, trio.BrokenResourceError, trio.ClosedResourceError)
"""What an attacker may meet when it is cut, or refused."""

Attack = Callable[[Target], Awaitable[None]]


async def seated(address: tuple[str, int], user_id: str, room_id: str) -> Device:
    device = await connect(address, token(user_id, "ATTENDEE"))
    joined = await device.call("breakout.room.join", {"roomId": room_id})
    assert joined["success"], joined
    return device


async def restart_in_a_loop(target: Target) -> None:
    headers = {"Authorization": f"Bearer {token('operator', permissions=['breakout:operate'])}"}
    async with httpx.AsyncClient(base_url=target.url, headers=headers) as client:
        while True:
            answer = await client.post(f"/api/admin/rooms/{target.room_id}/restart")
            assert answer.status_code < 500, answer.text
            await trio.sleep(0.05)


async def flood(target: Target) -> None:
    """Five people who send as fast as they may, come back when they are cut, and do not mind any refusal."""

    async def flooder(number: int) -> None:
        while True:
            with suppress(*ENDS):
                device = await seated(target.address, f"flooder{number}", target.room_id)
                await talk_without_pause(device, "flood", 0.01)
            await trio.sleep(0.1)

    async with trio.open_nursery() as nursery:
        for number in range(5):
            nursery.start_soon(flooder, number)


async def never_read(target: Target) -> None:
    """A crowd that comes all at once and reads nothing while somebody talks to it. Cut at about the same time, it comes back."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk_on, target)
        while True:
            async with trio.open_nursery() as crowd:
                for number in range(CROWD):
                    crowd.start_soon(deaf, target, number)


async def deaf(target: Target, number: int) -> None:
    with suppress(*ENDS):
        device = await seated(target.address, f"deaf{number}", target.room_id)
        take_little(device)
        await trio.sleep(6)
        device.drop()


def take_little(device: Device) -> None:
    """Have the kernel keep little for it, so that what is not read waits in the server."""
    device.socket.stream.socket.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, 4096)


async def read_slowly(target: Target) -> None:
    """A crowd that takes a frame now and then while somebody talks to it."""

    async def reader(number: int) -> None:
        while True:
            with suppress(*ENDS):
                device = await seated(target.address, f"slow{number}", target.room_id)
                take_little(device)
                while True:
                    await device.receive()
                    await trio.sleep(0.5)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk_on, target)
        for number in range(CROWD):
            nursery.start_soon(reader, number)


async def talk_on(target: Target) -> None:
    """Six people with two kilobytes at a time, fifteen times a second each: more than a crowd takes that reads hardly anything."""
    async with trio.open_nursery() as nursery:
        for number in range(6):
            talker = await seated(target.address, f"talker{number}", target.room_id)
            nursery.start_soon(talk_without_pause, talker, "x" * 1900, 0.066)


async def talk_without_pause(device: Device, text: str, pause_seconds: float) -> None:
    """Talk, and read all that comes, until the connection is over."""
    async with trio.open_nursery() as nursery:

        async def read() -> None:
            await device.close_code()
            nursery.cancel_scope.cancel()

        nursery.start_soon(read)
        with suppress(*ENDS):
            while True:
                await device.send(CHAT, {"text": text})
                await trio.sleep(pause_seconds)


ATTACKS: dict[str, Attack] = {
    "restarts": restart_in_a_loop, "flood": flood, "deaf": never_read, "slow": read_slowly,
}  # fmt: skip


async def crash_in_a_loop(target: Target) -> None:
    """Somebody whose chat sets off the bug of `crashing.py`, whenever the room is back; under any other server, they just talk."""
    device = await seated(target.address, "crasher", target.room_id)
    while True:
        await device.call(CHAT, {"text": WORD})
        device.pushes.clear()
        await trio.sleep(0.1)


EVERY_ATTACK: dict[str, Attack] = {**ATTACKS, "crashes": crash_in_a_loop}
"""With the one that needs a server of its own."""


if __name__ == "__main__":
    trio.run(EVERY_ATTACK[sys.argv[1]], Target(sys.argv[2], sys.argv[3]))
