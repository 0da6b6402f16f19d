"""Disks that are full, fail or are slow, under the whole server: no false acknowledgement, no restart, nobody left behind."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.drills import disk_shim
from tests.drills.harness import Device, ServerProcess, connect, get, served, token
from tests.drills.load import CHAT, Seen, seat_people
from tests.drills.test_stop import stored

needs_gcc = pytest.mark.skipif(not disk_shim.available(), reason="needs gcc to stand between the server and its disk")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not mount a file system here; the failing disk below tells the same")
    yield place
    subprocess.run(["umount", str(place)], check=True)


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


@needs_gcc
async def test_disk_whose_syncs_fail_acknowledges_nothing_false_and_the_server_is_back_afterwards(tmp_path: Path) -> None:
    watched, failing = tmp_path / "disk", tmp_path / "failing"
    watched.mkdir()
    variables = disk_shim.preload(watched, DRILL_FAIL_WHILE=str(failing))
    db = watched / "breakout.db"
    async with served(db, preload=variables) as server:
        await assert_fails_and_recovers(server, db, failing.touch, failing.unlink)


@needs_gcc
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
