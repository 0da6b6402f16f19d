"""Throws broken heads, frames and messages at a whole server and looks whether anybody else feels it.

    python -m tests.drills.fuzz --seconds 600 [--seed 1]

Each attack opens a connection of its own. A witness sits in the session that is attacked: after every few attacks its ping must
be answered. At the end the server must have logged no error, and must have given every descriptor back.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import trio

from breakout.contract.table import COMMANDS
from tests.drills.harness import Device, ServerProcess, connect, make_room, raw_connect, served, staff, token
from tests.gateway.transport_harness import TEXT, client_frame, handshake

LIMITS = {
    "BREAKOUT_COMMANDS_PER_SECOND": "1000",
    "BREAKOUT_COMMAND_BURST": "1000",
    "BREAKOUT_MAX_CONNECTIONS_PER_USER": "1000",
    "BREAKOUT_MAX_ROOMS_PER_SESSION": "100000",
    "BREAKOUT_MAX_OPEN_ROOMS": "5000",
}
"""Wide enough that attacks get past them."""

PATIENCE_SECONDS = 0.02
"""How long an attack waits for an answer; it does not need one."""

HEADS = (
    handshake("/ws/s1"),
    b"GET /readyz HTTP/1.1\r\nHost: test\r\n\r\n",
    b"GET /api/sessions/s1/attendance.csv HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer x.y.z\r\n\r\n",
    b"POST /api/admin/drain HTTP/1.1\r\nHost: test\r\nContent-Length: 20\r\n\r\n{\"reason\": \"fuzzing\"}",
    b"POST /length HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
)
NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, -(2**63), 5.9, 1e308, "", " ", "5", "false", "x" * 300,
    "\x00", "\u202e<script>",
    "e\u0301", "\ud83d\ude00" * 40, "../../etc/passwd", "' OR 1=1 --", [], [None], ["x"], {}, {"": 0}, {"a": {"b": [1, 2]}},
    [[]] * 50,
)  # fmt: skip
FIELDS = (
    "roomId", "name", "topic", "maxParticipants", "durationMinutes", "autoAssign", "locked", "facilitatorId", "eventId", "rooms",
    "text", "userId", "userIds", "seconds", "durationSeconds", "graceSeconds", "mode", "recallId", "strategy", "roomIds", "seed",
    "assignments", "keepTogether", "keepApart", "helpId", "reason", "expectedRevision", "includeClosed", "restoreSeats", "changeId",
)  # fmt: skip


def mutated(data: bytes, draw: Random) -> bytes:
    """`data` with a few bytes changed, removed, inserted or repeated, or cut short."""
    for _ in range(draw.choice([0, 1, 2, 5])):
        at, size = draw.randrange(len(data) + 1), draw.randrange(1, 30)
        data = draw.choice(
            [
                data[:at] + draw.randbytes(1) + data[at + 1 :],
                data[:at] + data[at + size :],
                data[:at] + draw.randbytes(size) + data[at:],
                data[:at] + data[:size] + data[at:],
                data[:at],
            ]
        )
    return data


def broken_frames(draw: Random) -> bytes:
    """A few frames of any opcode and length, some of them mutated."""
    frames = b""
    for _ in range(draw.randrange(1, 6)):
        payload = draw.randbytes(draw.choice([0, 1, 5, 125, 126, 127, 1000]))
        frame = client_frame(draw.choice([0, 1, 1, 2, 8, 9, 10, 3, 15]), payload, final=draw.random() < 0.8)
        frames += frame if draw.random() < 0.5 else mutated(frame, draw)
    return frames


def strange_message(draw: Random, events: list[str], room_ids: list[str]) -> bytes:
    """A command whose fields are right, wrong or none of its own; now and then no command at all."""
    data: Any = {name: _value(draw, room_ids) for name in draw.sample(FIELDS, draw.randrange(5))}
    frame: Any = {"event": draw.choice(events), "id": draw.choice(["1", "x" * 64, 7, None, ""]), "data": data}
    if draw.random() < 0.3:
        frame[draw.choice(["event", "id", "data", "idempotencyKey", "extra"])] = draw.choice(NASTY)
    text = json.dumps(frame, ensure_ascii=draw.random() < 0.5).encode("utf-8", "surrogatepass")
    return mutated(text, draw) if draw.random() < 0.3 else text


def _value(draw: Random, room_ids: list[str]) -> Any:
    return draw.choice([draw.choice(room_ids), draw.choice(NASTY), draw.randrange(0, 400), "p1", "even", [draw.choice(room_ids)]])


class Fuzzer:
    """Attacks one server until told to stop."""

    def __init__(self, server: ServerProcess, seed: int, events: list[str], room_ids: list[str]) -> None:
        self._server = server
        self._draw = Random(seed)
        self._events = events
        self._room_ids = room_ids
        self.attacks: Counter[str] = Counter()

    async def run(self, witness: Device, seconds: float) -> None:
        """Attack for so long. Raises: trio.TooSlowError: The witness was not answered within 2 s."""
        end = time.monotonic() + seconds
        kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "head": self._attack_with_a_head, "frames": self._attack_with_frames, "messages": self._attack_with_messages,
        }  # fmt: skip
        while time.monotonic() < end:
            for _ in range(10):
                kind = self._draw.choice(list(kinds))
                await kinds[kind]()
                self.attacks[kind] += 1
            with trio.fail_after(2):
                reply = await witness.call("breakout.ping")
            assert reply["success"], reply
            witness.pushes.clear()

    async def _attack_with_a_head(self) -> None:
        stream = await trio.open_tcp_stream(*self._server.address)
        async with stream:
            await _throw(stream, mutated(self._draw.choice(HEADS), self._draw))

    async def _attack_with_frames(self) -> None:
        who = f"Authorization: Bearer {token(f'p{self._draw.randrange(9)}', 'ATTENDEE')}"
        socket, _ = await raw_connect(self._server.address, "/ws/s1", who)
        async with socket.stream:
            await _throw(socket.stream, broken_frames(self._draw))

    async def _attack_with_messages(self) -> None:
        role = self._draw.choice(["OWNER", "ATTENDEE"])
        who = f"Authorization: Bearer {token(f'p{self._draw.randrange(9)}', role)}"
        socket, _ = await raw_connect(self._server.address, "/ws/s1", who)
        async with socket.stream:
            for _ in range(self._draw.randrange(1, 20)):
                message = strange_message(self._draw, self._events, self._room_ids)
                await _throw(socket.stream, client_frame(TEXT, message))


async def _throw(stream: trio.SocketStream, data: bytes) -> None:
    """Send and read a little of what comes, if anything does."""
    try:
        if data:
            await stream.send_all(data)
        with trio.move_on_after(PATIENCE_SECONDS):
            await stream.receive_some()
    except trio.BrokenResourceError:
        return


def open_descriptors(server: ServerProcess) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


async def fuzz(directory: Path, seconds: float, seed: int) -> Counter[str]:
    """Attack a new server for so long and check what it left. Returns how many attacks of which kind there were."""
    async with served(directory / "breakout.db", LIMITS) as server:
        host = await staff(server)
        room_ids = [await make_room(host, f"Room {n}") for n in range(3)]
        witness = await connect(server.address, token("witness", "ATTENDEE"))
        before = open_descriptors(server)
        fuzzer = Fuzzer(server, seed, [spec.event for spec in COMMANDS], room_ids)
        host.drop()
        await fuzzer.run(witness, seconds)
        with trio.fail_after(10):
            while open_descriptors(server) > before:  # noqa: ASYNC110 - the kernel gives no sign
                await trio.sleep(0.1)
        assert server.complaints() == []
        assert await server.stop() == 0
    return fuzzer.attacks


def main() -> None:
    parser = argparse.ArgumentParser(description="Fuzz a server.")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakout-fuzz-") as name:
        attacks = trio.run(fuzz, Path(name), options.seconds, options.seed)
    print(f"{attacks.total()} attacks, nobody else felt any: {dict(attacks)}")


if __name__ == "__main__":
    main()
