"""One room attacked while others go on: what they lose (nothing) and how much later their messages come.

    python -m tests.drills.isolation --seconds 10 [--people 20]

Ten messages a second in a quiet room are timed to each of its people, first alone and then under each attack on another room of
the same session: restarts in a loop, people who flood it, and people who never read.
"""

import argparse
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import httpx
import trio
from attrs import define, field, frozen

from tests.drills.harness import ConnectionOver, Device, ServerProcess, connect, make_room, served, staff, token
from tests.drills.load import CHAT

LIMITS = {"BREAKOUT_RESTART_INTENSITY": "100", "BREAKOUT_SLOW_CONSUMER_SECONDS": "2", "BREAKOUT_OUTBOX_MAX_BYTES": "65536"}
MESSAGE_PAUSE_SECONDS = 0.1


@define
class Heard:
    """What the people of the quiet room heard.

    Attributes:
        sent: Texts that were sent, in order.
        by_person: What each person was shown, in order.
        delays: Seconds from the sending of a message until somebody else was shown it.
    """

    sent: list[str] = field(factory=list)
    by_person: dict[int, list[str]] = field(factory=dict)
    delays: list[float] = field(factory=list)

    def quantile(self, share: float) -> float:
        ranked = sorted(self.delays)
        return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


@frozen
class Scene:
    """A server with a quiet room full of people, and a room to attack."""

    server: ServerProcess
    victim: str
    quiet: list[Device]


async def set_scene(server: ServerProcess, people: int) -> Scene:
    host = await staff(server)
    quiet_id, victim = await make_room(host, "Quiet"), await make_room(host, "Victim")
    quiet = [await seated(server, f"quiet{n}", quiet_id) for n in range(people)]
    host.drop()
    return Scene(server, victim, quiet)


async def seated(server: ServerProcess, user_id: str, room_id: str) -> Device:
    device = await connect(server.address, token(user_id, "ATTENDEE"))
    joined = await device.call("breakout.room.join", {"roomId": room_id})
    assert joined["success"], joined
    return device


async def talk(scene: Scene, seconds: float) -> Heard:
    """The first person talks; everybody else listens. Raises: ConnectionOver: One of them was cut."""
    heard, sent_at = Heard(), dict[str, float]()

    async def listen(number: int, device: Device) -> None:
        texts = heard.by_person[number] = []
        while len(texts) < len(heard.sent) or trio.current_time() < end:
            with trio.move_on_after(0.2):
                frame = await device.receive()
                if frame["event"] == CHAT.replace("send", "message"):
                    text = frame["data"]["message"]["text"]
                    texts.append(text)
                    heard.delays.append(trio.current_time() - sent_at[text])

    end = trio.current_time() + seconds
    with trio.fail_after(seconds + 15):
        async with trio.open_nursery() as nursery:
            for number, device in enumerate(scene.quiet):
                nursery.start_soon(listen, number, device)
            while trio.current_time() < end:
                text = f"message {len(heard.sent)}"
                heard.sent.append(text)
                sent_at[text] = trio.current_time()
                await scene.quiet[0].send(CHAT, {"text": text})
                await trio.sleep(MESSAGE_PAUSE_SECONDS)
    return heard


# --- attacks: each goes on until it is cancelled


async def restart_in_a_loop(scene: Scene) -> None:
    headers = {"Authorization": f"Bearer {token('operator', permissions=['breakout:operate'])}"}
    async with httpx.AsyncClient(base_url=scene.server.url, headers=headers) as client:
        while True:
            answer = await client.post(f"/api/admin/rooms/{scene.victim}/restart")
            assert answer.status_code < 500, answer.text
            await trio.sleep(0.05)


async def flood(scene: Scene) -> None:
    """Five people who send as fast as they may, come back when they are cut, and do not mind any refusal."""

    async def flooder(number: int) -> None:
        while True:
            with suppress(ConnectionOver, trio.BrokenResourceError, AssertionError):
                device = await seated(scene.server, f"flooder{number}", scene.victim)
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(device.close_code)
                    while True:
                        await device.send(CHAT, {"text": "flood"})
                        await trio.sleep(0.01)
            await trio.sleep(0.1)

    async with trio.open_nursery() as nursery:
        for number in range(5):
            nursery.start_soon(flooder, number)


async def never_read(scene: Scene) -> None:
    """Ten people who read nothing while an eleventh talks to them, two kilobytes at a time."""
    for number in range(10):
        await seated(scene.server, f"deaf{number}", scene.victim)
    talker = await seated(scene.server, "talker", scene.victim)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talker.close_code)
        while True:
            await talker.send(CHAT, {"text": "x" * 500})
            await trio.sleep(0.06)


ATTACKS: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "restarts": restart_in_a_loop, "flood": flood, "deaf readers": never_read,
}  # fmt: skip


async def talk_under(attack: Callable[[Scene], Awaitable[None]], scene: Scene, seconds: float) -> Heard:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(attack, scene)
        heard = await talk(scene, seconds)
        nursery.cancel_scope.cancel()
    return heard


async def measure(directory: Path, people: int, seconds: float) -> None:
    """Print a line per attack."""
    async with served(directory / "breakout.db", LIMITS) as server:
        scene = await set_scene(server, people)
        await talk(scene, 1.0)
        quiet = await talk(scene, seconds)
        print(f"quiet: p50 {quiet.quantile(0.5) * 1000:.1f} ms, p99 {quiet.quantile(0.99) * 1000:.1f} ms")
        for name, attack in ATTACKS.items():
            heard = await talk_under(attack, scene, seconds)
            lost = sum(texts != heard.sent for texts in heard.by_person.values())
            p50, p99 = heard.quantile(0.5) * 1000, heard.quantile(0.99) * 1000
            more = p99 - quiet.quantile(0.99) * 1000
            print(f"{name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms ({more:+.1f}), {lost} of {people} people missed something")


def main() -> None:
    parser = argparse.ArgumentParser(description="What an attack on one room does to another.")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--people", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakout-isolation-") as name:
        (Path(name) / "data").mkdir()
        trio.run(measure, Path(name) / "data", options.people, options.seconds)


if __name__ == "__main__":
    main()
