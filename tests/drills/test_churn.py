"""An hour of coming and going in seconds: what the server holds afterwards is what it held before."""

import os
from pathlib import Path

import pytest
import trio

from tests.drills.harness import WIDE, Device, ServerProcess, ask_line, connect, make_room, served, staff, token

COUNTED = ("-m", "tests.drills.counted_server", "serve")
VISITS = int(os.environ.get("DRILL_VISITS", "600"))
"""`DRILL_VISITS=20000 pytest tests/drills/test_churn.py` is the long variant."""

WARM_UP_VISITS = max(1000, VISITS // 2)
"""Until about then caches and pools of memory grow to their size: 77 MB after 1,000 visits, 81 MB after
2,500, 81 MB after 17,500."""

PEOPLE = 40
AT_ONCE = 8


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


async def settled(server: ServerProcess, tasks: int) -> dict[str, int]:
    """The counts once everybody's connection is cleared away."""
    with trio.fail_after(10):
        while (found := await ask_line(server))["tasks"] > tasks:  # noqa: ASYNC110 - another process gives no sign
            await trio.sleep(0.05)
    return found


@pytest.mark.slow
async def test_tasks_descriptors_and_memory_stay_flat_while_people_come_and_go(tmp_path: Path) -> None:
    async with served(tmp_path / "breakout.db", WIDE, program=COUNTED) as server:
        host = await staff(server)
        room_ids = [await make_room(host, f"Room {n}") for n in range(4)]
        host.drop()
        await churn(server, room_ids, WARM_UP_VISITS)
        with trio.fail_after(10):
            before = await settled(server, tasks=30)
        await churn(server, room_ids, VISITS)
        after = await settled(server, before["tasks"])
        print(f"before {before}, after {VISITS} visits {after}")
    assert after["tasks"] <= before["tasks"]
    assert after["descriptors"] <= before["descriptors"]
    assert after["kib"] <= before["kib"] * 1.05
