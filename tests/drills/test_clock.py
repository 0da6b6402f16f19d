"""The machine's clock is set an hour back or ahead under a running server: timers keep their length, tokens end by the new time."""

import os
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.drills.faked_clock import FakedClock, library
from tests.drills.harness import WIDE, Device, ServerProcess, connect, make_room, raw_connect, served, staff, token

HOUR = 3600

pytestmark = pytest.mark.skipif(
    library() is None and not os.environ.get("CI"), reason="needs faketime to set a server's clock"
)


def set_to(tmp_path: Path) -> FakedClock:
    clock = FakedClock(tmp_path / "clock")
    clock.jump(0)
    return clock


async def seated_with_timer(server: ServerProcess, seconds: int) -> tuple[Device, dict[str, Any]]:
    """Somebody in a room whose timer runs."""
    host = await staff(server)
    room_id = await make_room(host)
    ann = await connect(server.address, token("ann", "ATTENDEE", lifetime_seconds=3 * HOUR))
    assert (await ann.call("breakout.room.join", {"roomId": room_id}))["success"]
    started = await host.call("breakout.timer.start", {"roomId": room_id, "durationSeconds": seconds})
    host.drop()
    timer: dict[str, Any] = started["data"]["timer"]
    return ann, timer


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["ahead", "back"])
async def test_timer_keeps_its_length_when_the_wall_clock_jumps(tmp_path: Path, jump: int) -> None:
    clock = set_to(tmp_path)
    async with served(tmp_path / "breakout.db", WIDE, preload=clock.preload()) as server:
        ann, timer = await seated_with_timer(server, 3)
        clock.jump(jump)
        with trio.fail_after(20):
            closed = await ann.until_event("breakout.recalled")
    ticks = [push["data"] for push in ann.pushes if push["event"] == "breakout.timer.tick"]
    assert {tick["endsAt"] for tick in ticks} == {timer["endsAt"]}
    assert [tick["remainingSeconds"] for tick in ticks] == sorted({tick["remainingSeconds"] for tick in ticks}, reverse=True)
    assert all(abs(tick["serverAt"] - timer["endsAt"]) < 60_000 for tick in ticks)
    assert {2, 1} <= {tick["remainingSeconds"] for tick in ticks} <= {3, 2, 1, 0}
    assert closed["data"]["reason"] == "timer"


async def test_token_ends_by_the_wall_clock_when_it_jumps_ahead(tmp_path: Path) -> None:
    clock = set_to(tmp_path)
    async with served(tmp_path / "breakout.db", WIDE, preload=clock.preload()) as server:
        short = await connect(server.address, token("ann", "ATTENDEE", lifetime_seconds=HOUR / 2))
        long = await connect(server.address, token("ben", "ATTENDEE", lifetime_seconds=3 * HOUR))
        clock.jump(HOUR)
        with trio.fail_after(10):
            assert await short.close_code() == 4001
            assert (await long.call("breakout.ping"))["success"]
        _, head = await raw_connect(server.address, "/ws/s1", f"Authorization: Bearer {token('ann', lifetime_seconds=HOUR / 2)}")
        assert head.startswith(b"HTTP/1.1 401 ")


async def test_server_takes_over_the_new_time_when_it_starts_again(tmp_path: Path) -> None:
    clock, db = set_to(tmp_path), tmp_path / "breakout.db"
    async with served(db, WIDE, preload=clock.preload()) as server:
        _, timer = await seated_with_timer(server, 2 * HOUR)
        clock.jump(HOUR)
        assert await server.stop() == 0
    async with served(db, WIDE, preload=clock.preload()) as server:
        ann = await connect(server.address, token("ann", "ATTENDEE", lifetime_seconds=3 * HOUR))
        shown = ann.state["room"]["timer"]
    assert shown["endsAt"] == timer["endsAt"]
    assert HOUR - 60 < shown["remainingSeconds"] < HOUR
