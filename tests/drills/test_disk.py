"""Disks that are full, fail or are slow, under the whole server: no false acknowledgement, no restart, nobody left behind."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
from attrs import define

from persistence import PersistenceSettings, open_persistence
from tests.drills import disk_shim
from tests.drills.harness import WIDE, Device, ServerProcess, connect, get, make_room, served, staff, token
from tests.drills.load import CHAT, Seen, seat_people
from tests.drills.test_stop import stored
from tests.fakes.small_disk import mounted


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    with mounted(place, 3 * 1024 * 1024):
        yield place


async def store_until(device: Device, over: Callable[[dict[str, Any]], bool], said: Seen, text: str = "x" * 1500) -> None:
    """Chat, one message at a time, until a reply is as wanted."""
    for number in range(5_000):
        whole = f"{len(said.sent)}-{text}"
        said.sent.add(whole)
        reply = await device.call(CHAT, {"text": whole})
        if reply["success"]:
            said.acknowledged.add(whole)
        if over(reply):
            return
        if not reply["success"]:
            await trio.sleep(0.02 if number else 0)
    pytest.fail("never came")


def is_refused(reply: dict[str, Any]) -> bool:
    return not reply["success"] and reply["error"]["code"] == "storage_unavailable"


async def recovered(server: ServerProcess, said: Seen) -> Device:
    """Somebody who comes back after the disk did, and has stored something."""
    with trio.fail_after(15):
        while (await get(server, "/readyz")).status_code != 200:  # noqa: ASYNC110 - as a load balancer asks
            await trio.sleep(0.05)
        device = await connect(server.address, token("p0", "ATTENDEE"))
        await store_until(device, lambda reply: bool(reply["success"]), said, "back")
    return device


async def assert_fails_and_recovers(server: ServerProcess, db: Path, fail: Callable[[], None], heal: Callable[[], None]) -> None:
    said = Seen()
    (ann,) = await seat_people(server, 1, rooms=1)
    await store_until(ann, lambda reply: bool(reply["success"]), said)
    fail()
    with trio.fail_after(20):
        await store_until(ann, is_refused, said)
        assert (await get(server, "/readyz")).status_code == 503
        assert (await get(server, "/healthz")).status_code == 200
    heal()
    back = await recovered(server, said)
    # what is in memory is what is in the store: somebody new is shown exactly what the file has
    shown = (await connect(server.address, token("p0", "ATTENDEE"))).state["room"]["messages"]
    back.drop()
    assert await server.stop() == 0
    kept = stored(db)
    assert said.acknowledged - kept == set()
    assert {message["text"] for message in shown} <= kept
    assert len(shown) == min(100, len(kept))


async def test_full_disk_acknowledges_nothing_false_and_the_server_is_back_once_there_is_space(small_disk: Path) -> None:
    ballast = small_disk / "ballast"

    def fill() -> None:
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                return

    db = small_disk / "breakout.db"
    async with served(db) as server:
        await assert_fails_and_recovers(server, db, fill, ballast.unlink)


FAULTS = ("sync", "sync 2 1", "write", "write 3 1", "full", "full 3")
"""What fails, from which time on, and how often; see `disk_shim.c`."""


@define
class Watched:
    """A server whose disk can be made to fail, and what people were told is stored."""

    server: ServerProcess
    failing: Path
    backups: Path
    host: Device
    ann: Device
    room_id: str
    name: str = "Room"
    seated: bool = False
    _number: int = 0

    async def act_until_refused(self, fault: str) -> None:
        """Rename a room, come and go, one command at a time, while the disk fails in this way."""
        draft = self.failing.with_name("draft")
        draft.write_text(fault)
        draft.rename(self.failing)
        for _ in range(200):
            self._number += 1
            name = f"Room {self._number} {'x' * 80}"
            renamed = await self.host.call("breakout.room.update", {"roomId": self.room_id, "name": name})
            if is_refused(renamed):
                return
            assert renamed["success"], renamed
            self.name = name
            event, data = ("leave", {}) if self.seated else ("join", {"roomId": self.room_id})
            moved = await self.ann.call(f"breakout.room.{event}", data)
            if is_refused(moved):
                return
            assert moved["success"], moved
            self.seated = not self.seated
        pytest.fail(f"nothing failed at {fault}")

    async def healed(self) -> dict[str, Any]:
        """What is in memory once the disk takes everything again."""
        self.failing.unlink()
        with trio.fail_after(15):
            while (await get(self.server, "/readyz")).status_code != 200:  # noqa: ASYNC110 - as a load balancer asks
                await trio.sleep(0.02)
            while not (answer := await self.host.call("breakout.session.get"))["success"]:  # noqa: ASYNC110
                await trio.sleep(0.02)
        state: dict[str, Any] = answer["data"]
        return {
            room["id"]: (room["name"], room["revision"], sorted(s["userId"] for s in state["participants"].get(room["id"], [])))
            for room in state["rooms"]
        }

    async def stored(self, name: str) -> dict[str, Any]:
        """The same, as the file has it."""
        headers = {"Authorization": f"Bearer {token('operator', permissions=['breakout:operate'])}"}
        async with httpx.AsyncClient(base_url=self.server.url, headers=headers) as client:
            answer = await client.post("/api/admin/backup", json={"path": name})
        assert answer.status_code == 200, answer.text
        async with open_persistence(self.backups / name, PersistenceSettings(), after_batch=lambda: None) as opened:
            session = await opened.store.load_session("s1", now=0)
        return {i: (room.state.name, room.state.revision, sorted(room.state.seats)) for i, room in session.rooms.items()}


@asynccontextmanager
async def watched(directory: Path) -> AsyncIterator[Watched]:
    disk, backups, failing = directory / "disk", directory / "backups", directory / "failing"
    disk.mkdir()
    backups.mkdir()
    variables = disk_shim.preload(disk, DRILL_FAIL_WHILE=str(failing))  # its log is on that disk too: the name begins so
    settings = {**WIDE, "BREAKOUT_BACKUP_DIRECTORY": str(backups)}
    async with served(disk / "breakout.db", settings, preload=variables) as server:
        host, ann = await staff(server), await connect(server.address, token("ann", "ATTENDEE"))
        yield Watched(server, failing, backups, host, ann, await make_room(host))


@disk_shim.needs_gcc
async def test_memory_equals_disk_and_nothing_false_is_acknowledged_whatever_of_the_disk_fails(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        for number, fault in enumerate(FAULTS):
            await watch.act_until_refused(fault)
            memory = await watch.healed()
            assert memory[watch.room_id][0] == watch.name, fault
            assert memory[watch.room_id][2] == (["ann"] if watch.seated else []), fault
            assert await watch.stored(f"copy-{number}.db") == memory, fault


@disk_shim.needs_gcc
async def test_change_that_was_refused_does_not_come_back_after_a_kill(tmp_path: Path) -> None:
    """Killed at once: a commit whose sync failed stands in the WAL with the mark that it is one."""
    async with watched(tmp_path) as watch:
        await watch.act_until_refused("sync")
        watch.server.kill()
    async with served(tmp_path / "disk" / "breakout.db") as again:
        state = (await staff(again)).state
    assert state["rooms"][0]["name"] == watch.name
    assert [seat["userId"] for seat in state["participants"][watch.room_id]] == (["ann"] if watch.seated else [])


@disk_shim.needs_gcc
async def test_slow_disk_delays_replies_and_nothing_that_needs_no_disk(tmp_path: Path) -> None:
    watched = tmp_path / "disk"
    watched.mkdir()
    async with served(watched / "breakout.db", preload=disk_shim.preload(watched, DRILL_SYNC_MS="200")) as server:
        (ann,) = await seat_people(server, 1, rooms=1)
        stored_later = [await ann.send(CHAT, {"text": f"message {n}"}) for n in range(3)]
        answered = [await ann.send("breakout.ping") for _ in range(3)]
        with trio.fail_after(20):
            replies = [await ann.until_event("reply") for _ in range(6)]
    # the pings were sent last; each commit takes longer than all of them
    assert [reply["id"] for reply in replies] == [*answered, *stored_later]
    assert all(reply["success"] for reply in replies)
