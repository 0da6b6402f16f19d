"""An hour of coming and going in seconds: what the server holds afterwards is what it held before."""

import os
import statistics
from pathlib import Path

import pytest
import trio

from tests.drills.harness import WIDE, Device, ServerProcess, ask_line, connect, make_room, served, staff, token

COUNTED = ("-m", "tests.drills.counted_server", "serve")
VISITS = int(os.environ.get("DRILL_VISITS", "768"))
"""`DRILL_VISITS=9600 pytest tests/drills/test_churn.py` is the long variant."""

WARM_UP_VISITS = max(500, VISITS // 2)
"""Until about then caches and pools of memory grow to their size."""

LOOKS = 32
"""How often the server's memory is counted while people come and go. What is swept now and then, such as the ends of the tokens of
those who left, comes to some 8,000 pieces more or less; over so many looks the halves differ by some 600."""

PIECES_PER_VISIT = 16
"""Of memory that may stay; -1 to 3 were seen. A connection that is not let go is some 80 with what hangs on it: 6 KB, which in
the size of the whole process would not show."""

PEOPLE = 40
AT_ONCE = 8

QUIET_TASKS = 28
"""Of the server with one session of four rooms while nobody is connected; a connection adds one, or two at its end."""


async def visit(server: ServerProcess, number: int, room_ids: list[str]) -> None:
    """Come, join, speak, and go in one of the ways in which people go."""
    device = await connect(server.address, token(f"p{number % PEOPLE}", "ATTENDEE"))
    joined = await device.call("breakout.room.join", {"roomId": room_ids[number % len(room_ids)]})
    assert joined["success"], joined
    assert (await device.call("breakout.chat.send", {"text": "x" * 100}))["success"]
    if number % 3:
        assert (await device.call("breakout.room.leave"))["success"]
    await leave(device, orderly=bool(number % 2))


async def leave(device: Device, *, orderly: bool) -> None:
    if orderly:
        await device.socket.send(8, (1000).to_bytes(2, "big"))
        assert await device.close_code() == 1000
    device.drop()


async def churn(server: ServerProcess, room_ids: list[str], visits: int) -> None:
    """`AT_ONCE` visits at any time."""
    numbers = iter(range(visits))

    async def visitor() -> None:
        for number in numbers:
            await visit(server, number, room_ids)

    async with trio.open_nursery() as nursery:
        for _ in range(AT_ONCE):
            nursery.start_soon(visitor)


async def settled(server: ServerProcess) -> dict[str, int]:
    """The counts once everybody's connection is cleared away: down to the last one, or one more could be open than before."""
    deadline = trio.current_time() + 10
    while (found := await ask_line(server))["tasks"] != QUIET_TASKS:
        assert trio.current_time() < deadline, f"{found} while nobody is connected; {QUIET_TASKS} tasks are usual"
        await trio.sleep(0.05)
    return found


def growth(counts: list[int]) -> float:
    """By how much the second half is above the first, for each visit between the two."""
    half = len(counts) // 2
    return (statistics.mean(counts[half:]) - statistics.mean(counts[:half])) / (VISITS / 2)


@pytest.mark.slow
async def test_tasks_descriptors_and_memory_stay_flat_while_people_come_and_go(tmp_path: Path) -> None:
    async with served(tmp_path / "breakout.db", WIDE, program=COUNTED) as server:
        host = await staff(server)
        room_ids = [await make_room(host, f"Room {n}") for n in range(4)]
        host.drop()
        await churn(server, room_ids, WARM_UP_VISITS)
        before = await settled(server)
        looks = []
        for _ in range(LOOKS):
            await churn(server, room_ids, VISITS // LOOKS)
            looks.append(await settled(server))
        after = await settled(server)
        pieces = growth([look["blocks"] for look in looks])
        print(f"before {before}, after {VISITS} visits {after}; {pieces:+.1f} pieces of memory a visit")
    assert after["descriptors"] <= before["descriptors"]
    assert after["kib"] <= before["kib"] * 1.05
    assert pieces <= PIECES_PER_VISIT
