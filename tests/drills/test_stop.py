"""SIGTERM under load: the server says that it goes, takes nobody new, commits, tells everybody and is gone in time."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import trio

from tests.drills.harness import WIDE, Device, ServerProcess, raw_connect, served, token
from tests.drills.load import Seen, chat_for, seat_people


def stored(db: Path) -> set[str]:
    with closing(sqlite3.connect(db)) as conn:
        return {row[0] for row in conn.execute("SELECT text FROM breakout_messages")}


async def stop_in_the_middle(server: ServerProcess, people: list[Device], seen: Seen) -> float:
    """SIGTERM while everybody chats. Returns the seconds it took."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(chat_for, people, 15.0, seen)
        await trio.sleep(0.3)
        began = time.perf_counter()
        assert await server.stop() == 0
    return time.perf_counter() - began


async def test_server_commits_everything_and_tells_everybody_when_it_is_stopped_under_load(tmp_path: Path) -> None:
    db, seen = tmp_path / "breakout.db", Seen()
    async with served(db) as server:
        people = await seat_people(server, 6)
        seconds = await stop_in_the_middle(server, people, seen)
        assert server.complaints() == []
    assert seconds < 10
    assert seen.closes == [1012] * 6
    assert len(seen.known) > 50
    assert seen.known - stored(db) == set()


async def test_server_that_stops_is_not_ready_and_takes_nobody_new_while_a_client_does_not_leave(tmp_path: Path) -> None:
    async with served(tmp_path / "breakout.db", WIDE) as server:
        people = await seat_people(server, 1)  # who never answers the Close frame
        async with httpx.AsyncClient(base_url=server.url) as client, trio.open_nursery() as nursery:
            assert (await client.get("/readyz")).status_code == 200
            codes: list[int] = []

            async def stop() -> None:
                codes.append(await server.stop())

            nursery.start_soon(stop)
            with trio.fail_after(2):
                while (ready := await client.get("/readyz")).status_code == 200:  # noqa: ASYNC110 - as a load balancer asks
                    await trio.sleep(0.01)
            assert (ready.status_code, ready.json()["status"]) == (503, "draining")
            assert ready.headers["retry-after"]
            _, head = await raw_connect(server.address, "/ws/s1", f"Authorization: Bearer {token('late')}")
            assert head.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nretry-after: " in head.lower()
            assert (await client.get("/healthz")).status_code == 200
            with trio.fail_after(8):
                assert await people[0].close_code() == 1012
        assert codes == [0]


@pytest.mark.parametrize("people", [0, 3])
async def test_server_without_load_stops_at_once(tmp_path: Path, people: int) -> None:
    async with served(tmp_path / "breakout.db") as server:
        devices = await seat_people(server, people)
        async with trio.open_nursery() as nursery:
            for device in devices:
                nursery.start_soon(device.close_code)
            began = time.perf_counter()
            assert await server.stop() == 0
            assert time.perf_counter() - began < 4
