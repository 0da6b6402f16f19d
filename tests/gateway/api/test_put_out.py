"""Whoever an operator has put out gets nothing over HTTP either, with the token they still have; and nobody seats them."""

from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import AttrsInstance

from breakout.contract.operations import ReadmitUser, RemoveUser
from breakout.identity import Caller, User
from breakout.permission import permissions_of
from gateway.api.command_call import call
from tests.gateway.api.harness import STAFF, Api, open_api

OTTO = Caller(User("otto", "Otto", "Op"), permissions_of([], ["breakout:operate"]))

ASKED = (
    ("GET", "/api/sessions/demo/rooms"),
    ("GET", "/api/sessions/demo/attendance.json"),
    ("GET", "/api/sessions/demo/attendance.csv"),
    ("POST", "/api/sessions/demo/assignments.csv"),
)


async def operate(api: Api, command: AttrsInstance) -> None:
    await call(api.root.door("demo"), OTTO, command)


async def refusals(api: Api) -> list[tuple[int, str]]:
    """How each route answers Olga."""
    answers = [await api.request(method, path, content=b"ana,Blue\n" if method == "POST" else None) for method, path in ASKED]
    return [(a.status_code, a.json()["error"]["code"] if a.status_code >= 400 else "") for a in answers]


@pytest.mark.parametrize("asleep", [False, True])
async def test_evicted_organizer_is_forbidden_everything_until_readmitted(api: Api, asleep: bool) -> None:
    await api.room("Blue", event_id="expo")
    await api.come("ana")
    await operate(api, RemoveUser("olga"))
    if asleep:
        await api.put_to_sleep()
    assert await refusals(api) == [(403, "forbidden")] * 4
    assert (await api.json("/api/events/expo/rooms"))["sessions"] == []
    assert await api.seats() == {"Blue": set()}
    await operate(api, ReadmitUser("olga"))
    assert await refusals(api) == [(200, "")] * 4
    assert [each["sessionId"] for each in (await api.json("/api/events/expo/rooms"))["sessions"]] == ["demo"]


async def test_evicted_attendee_may_still_read_another_session(api: Api) -> None:
    await api.room("Blue")
    await operate(api, RemoveUser("olga"))
    for session, status in (("demo", 403), ("other", 200)):
        assert (await api.get(f"/api/sessions/{session}/rooms", roles=("ATTENDEE",))).status_code == status


async def test_eviction_counts_before_it_is_committed(api: Api) -> None:
    await api.room("Blue")
    runner: Any = api.root.door("demo").runner
    async with trio.open_nursery() as nursery:
        runner.feed.hold()
        nursery.start_soon(operate, api, RemoveUser("olga"))
        with trio.fail_after(5):
            while not runner.feed.session.removed:
                await trio.lowlevel.checkpoint()
        assert (await api.get("/api/sessions/demo/rooms")).status_code == 403
        runner.feed.let_go()


@pytest.mark.parametrize("asleep", [False, True])
@pytest.mark.parametrize("how", ["evicted", "revoked"])
async def test_import_seats_nobody_who_is_out(api: Api, how: str, asleep: bool) -> None:
    await api.room("Blue")
    await api.come("ana", "ben")
    if how == "evicted":
        await operate(api, RemoveUser("ana"))
    else:
        api.root.revoke(["ana"])
    if asleep:
        await api.put_to_sleep()
    answer = await api.upload("ana,Blue\nben,Blue\n", "?partial=true")
    assert [(row["code"], row["message"]) for row in answer.json()["rows"]] == [
        ("user_not_found", "an operator has put ana out of this session"), (None, None),
    ]  # fmt: skip
    assert await api.seats() == {"Blue": {"ben"}}


async def test_revoked_user_is_forbidden_in_every_session_and_event_until_reinstated(api: Api) -> None:
    await api.room("Blue", event_id="expo")
    paths = ("/api/sessions/demo/rooms", "/api/sessions/other/rooms", "/api/events/expo/rooms")
    api.root.revoke(["olga"])
    for path in paths:
        answer = await api.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    api.root.reinstate("olga")
    assert [(await api.get(path)).status_code for path in paths] == [200] * 3


async def test_evicted_user_is_out_after_a_restart_of_the_server(tmp_path: Path, nursery: trio.Nursery) -> None:
    async with open_api(tmp_path / "breakout.db", nursery) as api:
        await api.room("Blue")
        await operate(api, RemoveUser("olga"))
    async with open_api(tmp_path / "breakout.db", nursery) as api:
        assert (await api.get("/api/sessions/demo/rooms", roles=STAFF)).status_code == 403
