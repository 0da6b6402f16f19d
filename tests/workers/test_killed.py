"""`kill -9` of a worker, or of the front, under load: nothing known is lost, the others notice nothing, nobody stays behind."""

import json
import os
import random
import signal
import sqlite3
import tempfile
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from gateway.workers.crew import OVERTIME_SECONDS
from gateway.workers.files import worker_file
from tests.drills.harness import ConnectionOver, Device, ServerProcess, connect, make_room, raw_connect, token
from tests.drills.load import CHAT, Seen, chat_for
from tests.workers.harness import (
    ask,
    crew_served,
    kill_worker,
    metrics_of,
    pid_of,
    refusal,
    runs,
    session_of,
    wait_gone,
    wait_ready,
    workers_of,
)

ONE, TWO = session_of(1), session_of(2)
ROUNDS = int(os.environ.get("DRILL_WORKER_KILLS", "4"))


def stored(db: Path) -> list[str]:
    """Every chat text in the files of all workers."""
    texts: list[str] = []
    for path in sorted(db.glob("worker-*.db")):
        with closing(sqlite3.connect(path)) as conn:
            texts += [row[0] for row in conn.execute("SELECT text FROM breakout_messages")]
    return texts


async def seated(server: ServerProcess, session: str, names: list[str]) -> list[Device]:
    """People in one new room of the session. The host has left."""
    host = await connect(server.address, token("host", "OWNER"), session)
    room_id = await make_room(host)
    host.drop()
    people = [await connect(server.address, token(name, "ATTENDEE"), session) for name in names]
    for device in people:
        assert (await device.call("breakout.room.join", {"roomId": room_id}))["success"]
    return people


def gaps(frames: list[dict[str, Any]]) -> list[str]:
    """Topics of which a number is missing or comes twice."""
    numbers: dict[str, list[int]] = {}
    for frame in frames:
        if frame.get("seq") is not None:
            numbers.setdefault(frame["topic"], []).append(frame["seq"])
    return [topic for topic, found in numbers.items() if found != list(range(found[0], found[0] + len(found)))]


async def listen(device: Device, frames: list[dict[str, Any]]) -> None:
    while True:
        frames.append(await device.receive())


@pytest.mark.slow
async def test_nothing_known_is_lost_and_the_other_worker_is_not_felt_when_one_is_killed_under_load(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    known: set[str] = set()
    frames: list[dict[str, Any]] = []
    async with crew_served(db) as server:
        other = await seated(server, TWO, ["x", "y"])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen, other[1], frames)
            for number in range(ROUNDS):
                seen = Seen()
                people = await seated(server, ONE, [f"r{number}p{n}" for n in range(4)])
                victim = await pid_of(server, 1)
                async with trio.open_nursery() as round_:
                    round_.start_soon(partial(chat_for, people, 5.0, seen, prefix=f"r{number}-"))
                    await other[0].call(CHAT, {"text": f"undisturbed {number}"})
                    while len(seen.known) < 40 + random.Random(number).randrange(40):  # noqa: ASYNC110 - as in `until`
                        await trio.sleep(0.005)
                    os.kill(victim, signal.SIGKILL)
                assert set(seen.closes) == {1006}
                known |= seen.known
                with trio.fail_after(2):
                    assert (await other[0].call(CHAT, {"text": f"still here {number}"}))["success"]
                await wait_ready(server)
            nursery.cancel_scope.cancel()
        assert (await workers_of(server))[0]["restarts"] == ROUNDS
        assert (await metrics_of(server))["breakout_worker_restarts_total"] == ROUNDS
        assert await server.stop() == 0
    texts = stored(db)
    assert known - set(texts) == set()
    assert len(texts) == len(set(texts))
    assert len(known) > 40 * ROUNDS
    assert gaps(frames) == []
    heard = {frame["data"]["message"]["text"] for frame in frames if frame["event"] == "breakout.chat.message"}
    assert {f"{what} {n}" for what in ("undisturbed", "still here") for n in range(ROUNDS)} <= heard


async def test_session_of_a_killed_worker_comes_back_with_seat_chat_and_deadline(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        (ann,) = await seated(server, ONE, ["ann"])
        host = await connect(server.address, token("host", "OWNER"), ONE)
        room_id = host.state["rooms"][0]["id"]
        started = await host.call("breakout.timer.start", {"roomId": room_id, "durationSeconds": 600})
        first = await ann.call(CHAT, {"text": "hello"}, key="once")
        await kill_worker(server, 1)
        await wait_ready(server)
        ann = await connect(server.address, token("ann", "ATTENDEE"), ONE)
        assert ann.state["self"]["roomId"] == room_id
        assert ann.state["room"]["timer"]["endsAt"] == started["data"]["timer"]["endsAt"]
        assert [message["text"] for message in ann.state["room"]["messages"]] == ["hello"]
        assert (await ann.call(CHAT, {"text": "hello"}, key="once"))["data"] == first["data"]


async def test_server_says_that_a_worker_is_away_and_turns_its_people_away_at_once(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        await seated(server, TWO, ["x"])
        before = (await metrics_of(server))["breakout_connections_opened_total"]
        victim = await pid_of(server, 1)
        worker_file(tmp_path / "breakout.db", 1).chmod(0o400)
        _keep_away(tmp_path / "breakout.db")
        os.kill(victim, signal.SIGKILL)
        await wait_gone(victim)
        with trio.fail_after(5):
            _, head = await raw_connect(server.address, f"/ws/{ONE}", f"Authorization: Bearer {token('ann')}")
            assert head.startswith(b"HTTP/1.1 503 ")
            assert b"Retry-After: 2" in head
            unready = await ask(server, "/readyz")
            assert (unready.status_code, unready.json()["status"]) == (503, "starting")
            assert unready.json()["workers"][1] == {"worker": 2, "state": "up", "ready": True}
            assert (await ask(server, "/api/events/e1/rooms", bearer=token("host", "OWNER", event_id="e1"))).status_code == 503
            assert (await ask(server, "/")).status_code == 200
            tree = (await ask(server, "/api/admin/actors")).json()
            assert [each["id"] for each in tree["sessions"]] == [TWO]
            found = await metrics_of(server)
            assert (found["breakout_ready"], found["breakout_workers"]) == (0, 1)
            assert found["breakout_connections_opened_total"] >= before


def _keep_away(db: Path) -> None:
    """Have no worker start on the first file, as a damaged disk would."""
    path = worker_file(db, 1)
    path.rename(path.with_suffix(".aside"))
    path.mkdir()


async def test_worker_that_cannot_start_is_tried_again_until_it_can(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    async with crew_served(db) as server:
        _keep_away(db)
        await kill_worker(server, 1)
        with trio.fail_after(20):
            while (await workers_of(server))[0]["restarts"] < 2:  # noqa: ASYNC110 - as in `until`
                await trio.sleep(0.05)
        worker_file(db, 1).rmdir()
        worker_file(db, 1).with_suffix(".aside").rename(worker_file(db, 1))
        await wait_ready(server)
        assert await connect(server.address, token("ann"), ONE)


async def test_workers_send_their_people_away_and_end_when_the_front_is_killed(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    sockets = tempfile.mkdtemp()
    async with crew_served(db, 2, TMPDIR=sockets) as server:
        people = [*await seated(server, ONE, ["a"]), *await seated(server, TWO, ["b"])]
        assert (await people[0].call(CHAT, {"text": "kept"}))["success"]
        pids = [worker["pid"] for worker in await workers_of(server)]
        server.kill()
        with trio.fail_after(10):
            assert [await device.close_code() for device in people] == [1012, 1012]
        await wait_gone(*pids)
    os.rmdir(sockets)  # nothing was left in it  # noqa: PTH106
    async with crew_served(db) as server:
        ann = await connect(server.address, token("a"), ONE)
        assert [message["text"] for message in ann.state["room"]["messages"]] == ["kept"]


async def test_server_started_right_after_the_front_was_killed_waits_for_the_workers(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    async with crew_served(db) as server:
        (silent,) = await seated(server, ONE, ["a"])  # never answers the Close frame, which takes a worker two seconds
        assert silent
        server.kill()
        async with crew_served(db) as again:
            assert (await ask(again, "/readyz")).status_code == 200


async def test_second_server_on_the_same_directory_is_refused(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db"):
        assert "in use by another server" in await trio.to_thread.run_sync(partial(refusal, code=75), tmp_path / "breakout.db", 3)


async def test_sigterm_drains_all_workers_and_exits_with_nothing(tmp_path: Path) -> None:
    db, seen = tmp_path / "breakout.db", Seen()
    async with crew_served(db) as server:
        people = [*await seated(server, ONE, ["a", "b"]), *await seated(server, TWO, ["c", "d"])]
        pids = [worker["pid"] for worker in await workers_of(server)]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(chat_for, people, 10.0, seen)
            while len(seen.known) < 50:  # noqa: ASYNC110 - as in `until`
                await trio.sleep(0.005)
            assert await server.stop() == 0
        assert not any(map(runs, pids))
        assert server.complaints() == []
    assert seen.closes == [1012] * 4
    assert seen.known - set(stored(db)) == set()


async def test_sigterm_ends_the_server_in_time_although_a_worker_hangs(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db", BREAKOUT_DRAIN_SECONDS="1") as server:
        (other,) = await seated(server, TWO, ["b"])
        pids = [worker["pid"] for worker in await workers_of(server)]
        os.kill(pids[0], signal.SIGSTOP)
        server.process.send_signal(signal.SIGTERM)
        assert await other.close_code() == 1012
        assert await server.stop(1.0 + OVERTIME_SECONDS + 1.0) == 0
        assert not any(map(runs, pids))


async def test_sigterm_to_all_processes_at_once_is_an_orderly_stop(tmp_path: Path) -> None:
    """As systemd sends it."""
    async with crew_served(tmp_path / "breakout.db") as server:
        people = [*await seated(server, ONE, ["a"]), *await seated(server, TWO, ["b"])]
        for pid in [*(worker["pid"] for worker in await workers_of(server)), server.process.pid]:
            os.kill(pid, signal.SIGTERM)
        assert [await device.close_code() for device in people] == [1012, 1012]
        assert await trio.to_thread.run_sync(server.process.wait, 10) == 0
        assert server.complaints() == []


async def test_sigterm_to_a_worker_drains_it_alone_and_it_is_started_again(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        (one,), (two,) = await seated(server, ONE, ["a"]), await seated(server, TWO, ["b"])
        os.kill(await pid_of(server, 1), signal.SIGTERM)
        assert await one.close_code() == 1012
        assert (await two.call(CHAT, {"text": "not me"}))["success"]
        with trio.fail_after(20):
            while (await workers_of(server))[0]["restarts"] < 1:  # noqa: ASYNC110 - as in `until`
                await trio.sleep(0.05)
        await wait_ready(server)
        assert await connect(server.address, token("a"), ONE)


async def test_sigusr1_has_every_process_say_what_it_does_and_sighup_ends_none(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        for pid in (server.process.pid, await pid_of(server, 1)):
            os.kill(pid, signal.SIGHUP)
        server.process.send_signal(signal.SIGUSR1)
        with trio.fail_after(10):
            while len(lines_of(server, "task tree")) < 3 or not lines_of(server, "nothing to read again"):  # noqa: ASYNC110 - as in `until`
                await trio.sleep(0.02)
        assert {line.get("worker") for line in lines_of(server, "task tree")} == {None, 1, 2}
        assert len(lines_of(server, "nothing to read again")) == 1
        assert lines_of(server, "worker ended") == []


def lines_of(server: ServerProcess, event: str) -> list[dict[str, Any]]:
    return [line for line in log_of(server) if line["event"] == event]


def log_of(server: ServerProcess) -> list[dict[str, Any]]:
    """Whole lines so far; at SIGUSR1 each process writes its threads down in pieces, and another's line may follow such a piece."""
    lines = server.log.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line[line.index('{"') :]) for line in lines if line.endswith("\n") and '{"' in line]


async def test_worker_that_is_stuck_is_not_ready_and_the_others_are_not_held_up(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        (other,) = await seated(server, TWO, ["x"])
        stuck = await pid_of(server, 1)
        room_id = other.state["rooms"][0]["id"]
        os.kill(stuck, signal.SIGSTOP)
        with trio.fail_after(2):
            assert (await ask(server, f"/api/admin/rooms/{room_id}/restart", "POST")).status_code == 200
        answers: dict[str, httpx.Response] = {}

        async def look(path: str) -> None:
            answers[path] = await ask(server, path)

        owned = f"/api/admin/actors?session={ONE}"
        with trio.fail_after(12):
            async with trio.open_nursery() as nursery:
                for path in ("/api/admin/audit", "/api/admin/actors", owned, "/readyz"):
                    nursery.start_soon(look, path)
            found = await metrics_of(server)
            assert (await other.call(CHAT, {"text": "not me"}))["success"]
        audit, unready = answers["/api/admin/audit"].json(), answers["/readyz"]
        assert ([act["action"] for act in audit["acts"]], audit["missing"]) == (["room.restart"], [1])
        assert answers["/api/admin/actors"].json()["server"]["missing"] == [1]
        assert (answers[owned].status_code, f"worker 1 hangs; kill -9 {stuck} " in answers[owned].text) == (503, True)
        assert (unready.status_code, [each["ready"] for each in unready.json()["workers"]]) == (503, [False, True])
        assert (found["breakout_ready"], found["breakout_workers"]) == (0, 1)
        os.kill(stuck, signal.SIGCONT)
        await wait_ready(server)
        assert await connect(server.address, token("a"), ONE)


async def test_client_of_a_worker_that_dies_under_way_is_told_by_its_socket(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        (ann,) = await seated(server, ONE, ["ann"])
        await kill_worker(server, 1)
        with trio.fail_after(5), pytest.raises((ConnectionOver, trio.BrokenResourceError)):
            await ann.until(lambda _: False)
