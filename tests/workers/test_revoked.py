"""Somebody who is revoked in a server with workers is out of all of it, whoever dies and however many workers there are."""

from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from breakout.identity import User
from gateway.api.refused import ApiRefused
from gateway.workers.files import arrange, front_file, store_files, worker_file
from gateway.workers.front_reach import FrontReach
from persistence.revoked_users import Revocation, read_revocations, write_revocation
from tests.drills.harness import ConnectionOver, Device, ServerProcess, connect, make_room, raw_connect, token
from tests.persistence.test_moving import opened
from tests.workers.harness import ask, crew_served, kill_worker, session_of, wait_ready

ONE, TWO = session_of(1), session_of(2)
REVOKE, REINSTATE, REVOKED = (f"/api/admin/users/{name}" for name in ("revoke", "reinstate", "revoked"))


async def status_of(server: ServerProcess, session: str) -> bytes:
    """How Ann's handshake is answered."""
    _, head = await raw_connect(server.address, f"/ws/{session}", f"Authorization: Bearer {token('ann', 'ATTENDEE')}")
    return head.split(b" ", 2)[1]


async def close_code(device: Device) -> int:
    with pytest.raises(ConnectionOver) as over, trio.fail_after(10):
        await device.until(lambda _: False)
    return over.value.code


async def both(server: ServerProcess) -> list[bytes]:
    return [await status_of(server, session) for session in (ONE, TWO)]


async def test_revoked_user_is_out_of_every_worker_and_of_one_that_starts_again(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        devices = [await connect(server.address, token("ann", "OWNER"), session) for session in (ONE, TWO)]
        for device in devices:
            assert (await device.call("breakout.room.join", {"roomId": await make_room(device)}))["success"]
        assert (await ask(server, REVOKE, "POST", json={"userId": "ann"})).status_code == 200
        assert [await close_code(device) for device in devices] == [4002, 4002]
        assert await both(server) == [b"403", b"403"]
        for path in (f"/api/sessions/{ONE}/rooms", f"/api/sessions/{TWO}/rooms", "/api/events/e1/rooms"):
            assert (await ask(server, path, bearer=token("ann", "OWNER"))).status_code == 403
        await kill_worker(server, 2)
        await wait_ready(server)
        assert await both(server) == [b"403", b"403"]
        tree = (await ask(server, "/api/admin/actors")).json()
        assert {session["id"]: session["seats"] for session in tree["sessions"]} in ({ONE: 0, TWO: 0}, {ONE: 0})
        assert [each["userId"] for each in (await ask(server, REVOKED)).json()["revoked"]] == ["ann"]
        assert (await ask(server, REINSTATE, "POST", json={"userId": "ann"})).status_code == 200
        assert await both(server) == [b"101", b"101"]
        acts = (await ask(server, "/api/admin/audit")).json()["acts"]
        assert [act["action"] for act in acts] == ["user.reinstate", "user.revoke"]


def test_revocations_go_along_into_the_file_of_whoever_answers_for_the_whole_server(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    with opened(db) as file:
        write_revocation(file, Revocation("ann", 1_000, User("otto", "Otto", "Op")))
    for workers, keeper in ((2, front_file), (3, front_file), (1, lambda path: worker_file(path, 1)), (2, front_file)):
        arrange(db, workers)
        holding = [path for path in store_files(db) if revoked_in(path)]
        assert (workers, holding) == (workers, [keeper(db)])


def revoked_in(path: Path) -> list[str]:
    with opened(path) as file:
        return [revocation.user_id for revocation in read_revocations(file)]


async def test_worker_that_hangs_is_said_and_what_it_missed_is_still_wanted(autojump_clock: trio.testing.MockClock) -> None:
    class Hanging:
        async def wait_informed(self) -> None:
            await trio.sleep_forever()

    crew: Any = Hanging()
    reach = FrontReach(set(), crew)
    with pytest.raises(ApiRefused, match="it is stored, but a worker does not answer") as refused:
        await reach.revoke("ann")
    assert (refused.value.status, reach.revoked) == (503, {"ann"})
