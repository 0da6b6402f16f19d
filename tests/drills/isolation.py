"""One room attacked while others go on: what they lose (nothing), what holds the loop, and how much later messages come.

    python -m tests.drills.isolation [--seconds 5] [--rounds 3] [--people 20]

Ten messages a second in a quiet room are timed to each of its people. Rounds without and with an attack on another room of the
same session take turns, and the medians of both are compared: what else the machine does falls on both. The longest step is the CPU
time for which one step of one task held the server's loop, and nothing else could run. The last line is the verdict; the exit code
is 1 where a delay grew by more than is promised, or somebody missed a message, and 2 where quiet rounds alone differ by as much.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any

import trio
from attrs import define, field, frozen

from tests.drills.attacks import EVERY_ATTACK, Attack, Target, seated
from tests.drills.harness import ROOT, Device, ServerProcess, ask_line, environment, get, make_room, served, staff
from tests.drills.load import CHAT

LIMITS = {
    "BREAKOUT_RESTART_INTENSITY": "100",
    "BREAKOUT_SLOW_CONSUMER_SECONDS": "2",
    "BREAKOUT_OUTBOX_MAX_BYTES": "262144",
    "BREAKOUT_INBOUND_BYTES_PER_SECOND": "65536",
}
Effect = Callable[[], Awaitable[bool]]
"""Whether an attack has done to its room what it is for."""

HELD = ("-m", "tests.drills.held_server", "serve")
MESSAGE_PAUSE_SECONDS = 0.1

PROMISED_MS = 10
"""By which the p99 of other rooms may grow."""


class Verdict(Enum):
    """Attributes: exit_code: Of the program, where it is the worst that was found."""

    KEPT = 0, f"kept, nobody missed anything and p99 grew by {PROMISED_MS} ms at most"
    UNKNOWN = 2, f"not to be said on this machine, where p99 differs by more than {PROMISED_MS} ms between quiet rounds"
    BROKEN = 1, f"BROKEN, somebody missed something or p99 grew by more than {PROMISED_MS} ms"

    def __init__(self, exit_code: int, text: str) -> None:
        self.exit_code = exit_code
        self.text = text

    @property
    def severity(self) -> int:
        return list(Verdict).index(self)


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

    @property
    def missed(self) -> int:
        """How many people were not shown exactly what was sent, in order."""
        return sum(texts != self.sent for texts in self.by_person.values())

    def milliseconds(self, share: float) -> float:
        ranked = sorted(self.delays)
        return ranked[min(len(ranked) - 1, int(len(ranked) * share))] * 1000


@frozen
class Scene:
    """A server with a quiet room full of people, and a room to attack."""

    server: ServerProcess
    target: Target
    quiet: list[Device]


async def closed_as(server: ServerProcess, code: int) -> int:
    """How many connections the server has closed with this code."""
    text = (await get(server, "/metrics")).text
    found = re.search(rf'^breakout_connections_closed_total{{code="{code}"}} (\S+)$', text, re.MULTILINE)
    assert found is not None
    return int(float(found.group(1)))


async def set_scene(server: ServerProcess, people: int) -> Scene:
    host = await staff(server)
    quiet_id, victim = await make_room(host, "Quiet"), await make_room(host, "Victim")
    quiet = [await seated(server.address, f"quiet{n}", quiet_id) for n in range(people)]
    host.drop()
    return Scene(server, Target(server.url, victim), quiet)


async def talk(scene: Scene, seconds: float, effect: Effect | None = None) -> Heard:
    """The first person talks for so long and until there is an `effect`; all listen. Raises: ConnectionOver: One was cut."""
    heard, sent_at = Heard(), dict[str, float]()

    async def listen(number: int, device: Device) -> None:
        texts = heard.by_person[number] = []
        while len(texts) < len(heard.sent) or not said_all:
            with trio.move_on_after(0.2):
                frame = await device.receive()
                if frame["event"] == CHAT.replace("send", "message"):
                    text = frame["data"]["message"]["text"]
                    texts.append(text)
                    heard.delays.append(trio.current_time() - sent_at[text])

    end, said_all = trio.current_time() + seconds, False
    with trio.fail_after(seconds + 30):
        async with trio.open_nursery() as nursery:
            for number, device in enumerate(scene.quiet):
                nursery.start_soon(listen, number, device)
            while trio.current_time() < end or not (effect is None or await effect()):
                text = f"message {len(heard.sent)}"
                heard.sent.append(text)
                sent_at[text] = trio.current_time()
                await scene.quiet[0].send(CHAT, {"text": text})
                await trio.sleep(MESSAGE_PAUSE_SECONDS)
            said_all = True
    return heard


async def talk_under(attack: Attack, scene: Scene, seconds: float, effect: Effect | None = None) -> Heard:
    """Talk while the attack goes on, for so long and until it had its `effect`."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(attack, scene.target)
        heard = await talk(scene, seconds, effect)
        nursery.cancel_scope.cancel()
    return heard


# --- by hand, with figures


@frozen
class Round:
    """Attributes: longest: The step that held the loop longest, {"ms", "task"}."""

    heard: Heard
    longest: dict[str, Any]


@contextmanager
def attacked(name: str, target: Target) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.drills.attacks", name, target.url, target.room_id]
    process = subprocess.Popen(command, cwd=ROOT, env=environment({}), stderr=subprocess.DEVNULL)
    try:
        yield
        assert process.poll() is None, f"the attack {name} ended by itself"
    finally:
        process.kill()
        process.wait()


async def measured(scene: Scene, seconds: float) -> Round:
    await ask_line(scene.server)
    heard = await talk(scene, seconds)
    return Round(heard, (await ask_line(scene.server))["longest"][0])


async def compare(name: str, scene: Scene, seconds: float, rounds: int) -> tuple[list[Round], list[Round]]:
    """Rounds without the attack, and under it."""
    calm, rough = [], []
    for _ in range(rounds):
        calm.append(await measured(scene, seconds))
        with attacked(name, scene.target):
            await trio.sleep(2)  # to begin
            rough.append(await measured(scene, seconds))
    return calm, rough


def show(name: str, calm: list[Round], rough: list[Round]) -> Verdict:
    """Print a line: medians over the rounds, and the longest steps of any. Returns whether the promise was kept."""

    def median(turns: list[Round], share: float) -> float:
        return statistics.median(each.heard.milliseconds(share) for each in turns)

    before, during = median(calm, 0.99), median(rough, 0.99)
    missed = sum(each.heard.missed for each in (*calm, *rough))
    longest = max((each.longest for each in rough), key=lambda step: float(step["ms"]))
    print(
        f"{name:9} p50 {median(calm, 0.5):.1f} -> {median(rough, 0.5):.1f} ms, p99 {before:.1f} -> {during:.1f} ms "
        f"({during - before:+.1f}); longest step {max(float(each.longest['ms']) for each in calm):.1f} -> {longest['ms']:.1f} ms "
        f"({longest['task']}); {missed} people missed something",
        flush=True,
    )
    quiet = [each.heard.milliseconds(0.99) for each in calm]
    if missed or (during - before > PROMISED_MS >= max(quiet) - min(quiet)):
        return Verdict.BROKEN
    return Verdict.KEPT if during - before <= PROMISED_MS else Verdict.UNKNOWN


async def measure(directory: Path, options: argparse.Namespace) -> dict[str, Verdict]:
    """Print a line per attack. Returns what came of each."""
    found = {}
    for name in options.attacks or EVERY_ATTACK:
        async with served(directory / f"{name}.db", LIMITS, program=HELD) as server:
            scene = await set_scene(server, options.people)
            await talk(scene, 1.0)
            found[name] = show(name, *await compare(name, scene, options.seconds, options.rounds))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="What an attack on one room does to another.")
    parser.add_argument("attacks", nargs="*", metavar="ATTACK", help=f"of {', '.join(EVERY_ATTACK)}; all when none is named")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--people", type=int, default=20)
    with tempfile.TemporaryDirectory(prefix="breakout-isolation-") as name:
        (Path(name) / "data").mkdir()
        found = trio.run(measure, Path(name) / "data", parser.parse_args())
    worst = max(found.values(), key=lambda verdict: verdict.severity)
    print(f"{worst.text}: {', '.join(name for name, verdict in found.items() if verdict is worst)}")
    sys.exit(worst.exit_code)


if __name__ == "__main__":
    main()
