"""Races and floods over real sockets: one seat, one outcome, and whoever floods is told and then shown out."""

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.drills.harness import (
    WIDE,
    ConnectionOver,
    Device,
    ServerProcess,
    connect,
    end_server,
    hang_up,
    make_room,
    served,
    staff,
    start_server,
    token,
)

FEW_DEVICES = {**WIDE, "BREAKOUT_MAX_CONNECTIONS_PER_USER": "3"}
ORDINARY: dict[str, str] = {}
"""The limits that a server has when nobody sets any."""

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all who need no other settings; each test has a session of its own."""
    started = start_server(tmp_path_factory.mktemp("limits") / "breakout.db", FEW_DEVICES)
    yield started
    end_server(started)


@pytest.fixture
async def server(shared: ServerProcess) -> AsyncIterator[ServerProcess]:
    yield shared
    hang_up()


@pytest.fixture
def session() -> str:
    return f"session-{next(NUMBERS)}"


async def join_all(people: list[Device], room_id: str) -> list[dict[str, Any]]:
    """Everybody asks first; only then is any reply read."""
    for device in people:
        await device.send("breakout.room.join", {"roomId": room_id})
    return [await device.until_event("reply") for device in people]


async def test_fifty_joins_for_the_last_seat_seat_one(server: ServerProcess, session: str) -> None:
    host = await staff(server, session)
    room_id = await make_room(host, maxParticipants=1)
    people = [await connect(server.address, token(f"p{n}", "ATTENDEE"), session) for n in range(50)]
    replies = await join_all(people, room_id)
    assert sorted(Counter(reply["success"] for reply in replies).items()) == [(False, 49), (True, 1)]
    assert {reply["error"]["code"] for reply in replies if not reply["success"]} == {"room_full"}
    listed = await host.call("breakout.rooms.list")
    assert [room["participantCount"] for room in listed["data"]["rooms"]] == [1]


async def test_two_devices_that_join_two_rooms_at_once_end_in_one_seat(server: ServerProcess, session: str) -> None:
    host = await staff(server, session)
    rooms = [await make_room(host, f"Room {n}") for n in range(2)]
    devices = [await connect(server.address, token("ann", "ATTENDEE"), session) for _ in range(2)]
    for _ in range(10):
        for device, room_id in zip(devices, rooms, strict=True):
            await device.send("breakout.room.join", {"roomId": room_id})
        for device in devices:
            assert (await device.until_event("reply"))["success"]
        state = (await host.call("breakout.session.get"))["data"]
        seats = [seat["userId"] for roster in state["participants"].values() for seat in roster]
        assert seats == ["ann"]


async def test_join_close_and_recall_at_once_leave_nobody_behind(server: ServerProcess, session: str) -> None:
    host = await staff(server, session)
    room_id = await make_room(host)
    people = [await connect(server.address, token(f"p{n}", "ATTENDEE"), session) for n in range(20)]
    for number, device in enumerate(people):
        await device.send("breakout.room.join", {"roomId": room_id})
        if number == 10:
            await host.send("breakout.room.close", {"roomId": room_id})
            await host.send("breakout.all.recall", {"graceSeconds": 0})
    outcomes = [await device.until_event("reply") for device in people]
    assert {outcome["error"]["code"] for outcome in outcomes if not outcome["success"]} <= {"room_closed"}
    state = (await host.call("breakout.session.get"))["data"]
    assert [seat for roster in state["participants"].values() for seat in roster] == []
    assert len(state["lobby"]) >= 20


async def test_room_of_another_session_is_not_found(server: ServerProcess, session: str) -> None:
    room_id = await make_room(await staff(server, session))
    stranger = await staff(server, f"{session}-other")
    reply = await stranger.call("breakout.room.join", {"roomId": room_id})  # every command: tests/actors
    assert reply["error"]["code"] == "room_not_found"


async def test_thousand_commands_a_second_are_told_to_slow_down_then_closed_with_4029_while_others_are_served(
    tmp_path: Path,
) -> None:
    async with served(tmp_path / "breakout.db", ORDINARY) as server:
        flooder, other = [await connect(server.address, token(name, "ATTENDEE")) for name in ("flooder", "other")]
        codes: Counter[str] = Counter()

        async def flood() -> None:
            with suppress(trio.BrokenResourceError):
                while True:
                    await flooder.send("breakout.ping")
                    await trio.sleep(0.001)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(flood)
            with trio.fail_after(15):
                codes = await outcomes_until_closed(flooder)
            assert (await other.call("breakout.ping"))["success"]
            nursery.cancel_scope.cancel()
    assert codes["success"] >= 40
    assert codes["rate_limited"] > 100
    assert codes["4029"] == 1


async def outcomes_until_closed(device: Device) -> Counter[str]:
    """How often which outcome was replied, and the close code once."""
    codes: Counter[str] = Counter()
    try:
        while True:
            frame = await device.receive()
            codes["success" if frame["success"] else frame["error"]["code"]] += 1
    except ConnectionOver as over:
        codes[str(over.code)] += 1
    return codes


async def test_connection_is_closed_with_4001_at_its_tokens_end(server: ServerProcess, session: str) -> None:
    device = await connect(server.address, token("ann", "ATTENDEE", lifetime_seconds=1.0), session)
    other = await connect(server.address, token("ben", "ATTENDEE"), session)
    with trio.fail_after(20):  # how soon: tests/gateway/test_expiry.py
        assert await device.close_code() == 4001
    assert (await other.call("breakout.ping"))["success"]


async def test_oldest_connection_goes_with_4009_when_a_user_opens_too_many(server: ServerProcess, session: str) -> None:
    devices = [await connect(server.address, token("ann", "ATTENDEE"), session) for _ in range(4)]
    with trio.fail_after(5):
        assert await devices[0].close_code() == 4009
    assert (await devices[1].call("breakout.ping"))["success"]
