"""A whole evening over real sockets: organizers and attendees, and once with the server killed in the middle."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from tests.fakes.token_maker import SECRET
from tests.gateway.people import Device, People, bearer
from tests.gateway.server_harness import running_server

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-c", "from gateway.cli import main; main(prog_name='breakout')"]


async def test_evening_goes_from_rooms_to_report_as_everybody_sees_it(tmp_path: Path) -> None:
    async with running_server(tmp_path, dev=True) as world:
        with trio.fail_after(120):
            await trio.to_thread.run_sync(_evening, world.server.url)
        assert '"level": "error"' not in world.log.getvalue()


def _evening(url: str) -> None:
    with People(url) as people:
        olga, oscar = people.connect("olga", "OWNER"), people.connect("oscar", "MODERATOR")
        crowd = {user_id: people.connect(user_id, "ATTENDEE") for user_id in ("ann", "ben", "cleo")}
        blue, red = _make_rooms(olga, oscar)
        homes = _assign(olga, oscar, crowd, [blue, red])
        _talk(oscar, crowd, homes)
        _call_for_help(olga, oscar, crowd, homes)
        _tell_everybody(olga, crowd, homes)
        _keep_time(oscar, crowd, homes)
        _move(people, oscar, crowd, homes, [blue, red])
        _recall(olga, crowd)
        _take_back(oscar, olga, crowd, homes)
    _report(url, homes)


def _make_rooms(olga: Device, oscar: Device) -> tuple[str, str]:
    made = olga.ask("rooms.create", rooms=[{"name": "Blue"}, {"name": "Red"}])["rooms"]
    first, second = made
    assert oscar.sees("room.created") == {"room": first}
    assert oscar.sees("room.created", lambda data: data["room"]["name"] == "Red") == {"room": second}
    return first["id"], second["id"]


def _assign(olga: Device, oscar: Device, crowd: dict[str, Device], rooms: list[str]) -> dict[str, str]:
    """Where everybody sits now."""
    preview = oscar.ask("assignments.preview", strategy="random", seed=5)
    applied = olga.ask("assignments.apply", strategy="random", seed=5)
    assert applied == preview
    homes = {placement["userId"]: placement["roomId"] for placement in applied["assignments"]}
    assert sorted(homes) == sorted(crowd)
    for user_id, device in crowd.items():
        seated = device.sees("participant.seated")
        assert (seated["roomId"], seated["by"]) == (homes[user_id], "staff")
    assert _where(oscar) == homes
    assert set(homes.values()) == set(rooms)
    return homes


def _where(staff: Device) -> dict[str, str]:
    state = staff.now()
    return {person["userId"]: room_id for room_id, people in state["participants"].items() for person in people}


def _talk(oscar: Device, crowd: dict[str, Device], homes: dict[str, str]) -> None:
    message = crowd["ann"].ask("chat.send", text="shall we start?")["message"]
    for device in (oscar, *(crowd[i] for i, room_id in homes.items() if room_id == homes["ann"])):
        assert device.sees("chat.message")["message"] == message
    oscar.ask("chat.send", text="hello from outside", roomId=homes["ann"])
    assert crowd["ann"].sees("chat.message", lambda data: data["message"]["user"]["id"] == "oscar")
    assert crowd["ann"].refused("all.recall") == "forbidden"


def _call_for_help(olga: Device, oscar: Device, crowd: dict[str, Device], homes: dict[str, str]) -> None:
    help_id = crowd["cleo"].ask("help.request", reason="no sound")["helpId"]
    [call] = olga.sees("help.updated")["help"]
    assert (call["helpId"], call["roomId"], call["reason"]) == (help_id, homes["cleo"], "no sound")
    oscar.ask("help.claim", helpId=help_id)
    assert olga.refused("help.claim", helpId=help_id) == "conflict"
    claimed = crowd["cleo"].sees("help.updated", lambda data: data["help"] and data["help"][0]["claimedBy"])
    assert claimed["help"][0]["claimedBy"]["id"] == "oscar"
    oscar.ask("help.resolve", helpId=help_id)
    assert crowd["cleo"].sees("help.updated", lambda data: not data["help"]) == {"help": []}


def _tell_everybody(olga: Device, crowd: dict[str, Device], homes: dict[str, str]) -> None:
    assert olga.ask("broadcast.send", text="half time") == {"delivered": 5}
    for device in crowd.values():
        assert device.sees("broadcast.message")["text"] == "half time"
    olga.ask("broadcast.send", text="only you", roomIds=[homes["ben"]])
    assert crowd["ben"].sees("broadcast.message", lambda data: data["roomIds"])["text"] == "only you"
    texts = [message["text"] for message in crowd["ben"].now()["room"]["messages"]]
    assert texts[-2:] == ["half time", "only you"]


def _keep_time(oscar: Device, crowd: dict[str, Device], homes: dict[str, str]) -> None:
    timer = oscar.ask("timer.start", roomId=homes["ann"], durationSeconds=600)["timer"]
    crowd["ann"].ask("speaking.start")
    tick = crowd["ann"].sees("timer.tick")
    assert (tick["roomId"], tick["endsAt"]) == (homes["ann"], timer["endsAt"])
    crowd["ann"].ask("time.request", seconds=300)
    asked = oscar.sees("time.requested")
    assert (asked["user"]["id"], asked["seconds"]) == ("ann", 300)
    longer = oscar.ask("timer.extend", roomId=asked["roomId"], seconds=asked["seconds"])["timer"]
    assert crowd["ann"].sees("timer.updated", lambda data: data["timer"] == longer)["status"] == "ACTIVE"
    crowd["ann"].sees("timer.tick", lambda data: data["revision"] == longer["revision"])
    assert crowd["ann"].ask("speaking.stop")["speakingTimeSeconds"] >= 1


def _move(people: People, oscar: Device, crowd: dict[str, Device], homes: dict[str, str], rooms: list[str]) -> None:
    phone = people.connect("ben", "ATTENDEE")
    assert phone.state["self"]["roomId"] == homes["ben"]
    homes["ben"] = next(room_id for room_id in rooms if room_id != homes["ben"])
    oscar.ask("participant.move", userId="ben", roomId=homes["ben"])
    for device in (phone, crowd["ben"]):
        device.sees("participant.seated", lambda data: data["roomId"] == homes["ben"])
    assert _where(oscar) == homes


def _recall(olga: Device, crowd: dict[str, Device]) -> None:
    recall = olga.ask("all.recall", graceSeconds=1)
    assert recall["expected"] == 3
    for device in crowd.values():
        assert device.sees("recalled")["recallId"] == recall["recallId"]
    for device in crowd.values():
        assert device.sees("participant.seated", lambda data: data["roomId"] is None)["by"] == "recall"
        device.ask("recall.ack", recallId=recall["recallId"])
    summary = olga.sees("recall.progress", lambda data: "completedAt" in data)
    assert (summary["acknowledged"], summary["missing"]) == (3, [])
    assert 1000 <= summary["delayP50Ms"] <= summary["delayP99Ms"] <= summary["delayMaxMs"]
    assert _where(olga) == {}


def _take_back(oscar: Device, olga: Device, crowd: dict[str, Device], homes: dict[str, str]) -> None:
    changes = oscar.ask("history.list")["changes"]
    change = next(change for change in changes if change["event"] == "breakout.all.recall")
    assert (change["by"]["id"], change["summary"], change["undoable"]) == ("olga", "recalled everybody", True)
    assert sorted(oscar.ask("history.undo", changeId=change["changeId"])["restored"]) == sorted(crowd)
    for user_id, device in crowd.items():
        assert device.now()["self"]["roomId"] == homes[user_id]
    assert olga.refused("history.undo", changeId=change["changeId"]) == "conflict"


def _report(url: str, homes: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {bearer('olga', 'OWNER')}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=20) as http:
        answer = http.get("/api/sessions/evening/attendance.json")
        assert answer.status_code == 200
        rows = answer.json()["rows"]
        assert {row["userId"] for row in rows} == set(homes)
        assert sum(row["speakingSeconds"] for row in rows if row["userId"] == "ann") >= 1
        assert http.get("/api/sessions/evening/attendance.csv").text.count("\n") == len(rows) + 1


# killed in the middle


@contextmanager
def _process(directory: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server in a process of its own over the database in `directory`; killed at the end of the block, if it still runs."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BREAKOUT_")}
    environ |= {"PYTHONPATH": str(ROOT), "BREAKOUT_HMAC_KEY": SECRET.decode(), "PYTHONUNBUFFERED": "1"}
    command = [*PROGRAM, "serve", "--port", "0", "--db", str(directory / "evening.db")]
    with subprocess.Popen(
        command, cwd=directory, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().removeprefix("listening on ").strip(), process
        finally:
            process.kill()


@pytest.mark.slow
def test_everybody_finds_seat_chat_deadline_help_and_recall_after_a_kill(tmp_path: Path) -> None:
    with _process(tmp_path) as (url, process), People(url) as people:
        before, acknowledged = _until_killed(people, process)
    assert process.returncode == -signal.SIGKILL
    with _process(tmp_path) as (url, _), People(url) as people:
        olga = people.connect("olga", "OWNER")
        ann = people.connect("ann", "ATTENDEE")
        after = olga.now()
        assert _kept(after) == _kept(before)
        inside = ann.state["room"]
        assert ann.state["self"]["roomId"] == before["rooms"][0]["id"]
        assert inside["timer"]["endsAt"] == before["rooms"][0]["timer"]["endsAt"]
        texts = [message["text"] for message in inside["messages"]]
        assert [text for text in texts if text in acknowledged] == acknowledged
        _go_on(olga, ann, after)


def _until_killed(people: People, process: subprocess.Popen[str]) -> tuple[dict[str, Any], list[str]]:
    """Rooms, seats, a timer, help and a recall; then chat until the process is killed. The session, and what was acknowledged."""
    olga, oscar = people.connect("olga", "OWNER"), people.connect("oscar", "MODERATOR")
    crowd = {user_id: people.connect(user_id, "ATTENDEE") for user_id in ("ann", "ben", "cleo")}
    blue, red = _make_rooms(olga, oscar)
    placements = [{"userId": "ann", "roomId": blue}, {"userId": "ben", "roomId": blue}, {"userId": "cleo", "roomId": red}]
    olga.ask("assignments.apply", strategy="manual", assignments=placements)
    olga.ask("timer.start", roomId=blue, durationSeconds=900)
    help_id = crowd["cleo"].ask("help.request", reason="no sound")["helpId"]
    oscar.ask("help.claim", helpId=help_id)
    olga.ask("all.recall", graceSeconds=300)
    oscar.sees("rooms.updated", lambda data: data["rooms"][-1]["status"] == "CLOSING")
    before: dict[str, Any] = olga.now()
    sent = {crowd["ann"].send("chat.send", text=f"text {n}"): f"text {n}" for n in range(30)}
    for envelope_id in list(sent)[:10]:
        assert crowd["ann"].answer(envelope_id)["success"]
    process.kill()
    process.wait(timeout=10)
    return before, list(sent.values())[:10]


def _kept(state: dict[str, Any]) -> Any:
    """What must outlive the process, without what follows from the clock and from who is connected."""
    rooms = [{**room, "timer": room["timer"] and {**room["timer"], "remainingSeconds": None}} for room in state["rooms"]]
    seats = {i: [(p["userId"], p["role"], p["joinedAt"]) for p in people] for i, people in state["participants"].items()}
    return rooms, seats, state["help"], state["recall"]


def _go_on(olga: Device, ann: Device, state: dict[str, Any]) -> None:
    """The evening goes on where it was: the recall is cancelled, the timer runs, the call for help is answered."""
    olga.ask("recall.cancel", recallId=state["recall"]["recallId"])
    olga.ask("help.resolve", helpId=state["help"][0]["helpId"])
    assert ann.sees("timer.tick", lambda data: data["serverAt"] > 0)["endsAt"] == state["rooms"][0]["timer"]["endsAt"]
    ann.ask("chat.send", text="still here")
    deadline = time.monotonic() + 10
    while any(room["status"] == "CLOSING" for room in olga.now()["rooms"]):
        assert time.monotonic() < deadline
