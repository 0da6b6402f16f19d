"""Who did what and when: in the journal, in the store and in the log."""

import sqlite3
from pathlib import Path

import pytest

from tests.gateway.admin.scenes import room_with_ann
from tests.gateway.admin.test_access import ROUTES
from tests.gateway.server_harness import World, operator_token, running_server, token


async def test_act_on_a_session_is_in_its_journal_with_who_and_when(world: World) -> None:
    room_id, _ = await room_with_ann(world)
    before = world.server.root.clock.now()
    await world.request("POST", f"/api/admin/rooms/{room_id}/restart")
    await world.request("POST", "/api/admin/sessions/demo/evict", json={"userId": "ann"})
    found = await world.json("/api/admin/audit?session=demo")
    assert [(act["operator"]["id"], act["action"], act["target"]) for act in found["acts"]] == [
        ("otto", "user.remove", "ann"), ("otto", "room.restart", room_id),
    ]  # fmt: skip
    assert all(before <= act["at"] <= world.server.root.clock.now() for act in found["acts"])
    assert found["before"] is None


async def test_audit_of_a_session_is_read_in_pages(world: World, monkeypatch) -> None:
    monkeypatch.setattr("gateway.admin.audit.PAGE_ENTRIES", 2)
    room_id, ann = await room_with_ann(world)
    for action in ("restart", "close"):
        await world.request("POST", f"/api/admin/rooms/{room_id}/{action}")
        await ann.wait_for({"restart": "room.restored", "close": "room.closed"}[action])
    first = await world.json("/api/admin/audit?session=demo&limit=1")
    second = await world.json(f"/api/admin/audit?session=demo&limit=1&before={first['before']}")
    third = await world.json(f"/api/admin/audit?session=demo&limit=1&before={second['before']}")
    assert [page["acts"][0]["action"] for page in (first, second)] == ["room.close", "room.restart"]
    assert third == {"acts": [], "before": None}


async def test_every_act_is_logged_and_kept_with_its_outcome_refused_ones_too(world: World) -> None:
    room_id, _ = await room_with_ann(world)
    await world.request("POST", "/api/admin/sessions/demo/readmit", json={"userId": "stranger"})
    await world.request("POST", f"/api/admin/rooms/{room_id}/close")
    await world.request("PUT", "/api/admin/log-level", json={"level": "error"})
    await world.request("POST", "/api/admin/backup", json={"path": "../out.db"})
    expected = [
        ("user.readmit", "stranger", "user_not_found"),
        ("room.close", room_id, "done"),
        ("server.log-level", "error", "done"),
        ("server.backup", "../out.db", "forbidden"),
    ]
    lines = world.logged("audit")
    assert [(line["action"], line["target"], line["outcome"]) for line in lines] == expected
    assert {line["operator"] for line in lines} == {"otto"}
    kept = (await world.json("/api/admin/audit"))["acts"]
    assert [(act["action"], act["target"], act["outcome"]) for act in kept] == expected[::-1]


ACTS = {
    "rooms/none/restart": ("room.restart", "none", "room_not_found"),
    "rooms/none/close": ("room.close", "none", "room_not_found"),
    "sessions/none/evict": ("user.remove", "eve", "session_not_found"),
    "sessions/none/readmit": ("user.readmit", "eve", "session_not_found"),
    "users/revoke": ("user.revoke", "eve", "done"),
    "users/reinstate": ("user.reinstate", "eve", "user_not_found"),
    "drain": ("server.drain", "", "done"),
    "backup": ("server.backup", "", "invalid_data"),
    "log-level": ("server.log-level", "", "invalid_data"),
}
"""What a body of {"userId": "eve"} comes to."""


def test_every_act_is_tried_below() -> None:
    assert {path.rpartition("/")[2] for path in ACTS} == {path.rpartition("/")[2] for method, path in ROUTES if method != "GET"}


@pytest.mark.parametrize("path", ACTS)
async def test_refused_act_is_noted_whoever_tried_it(world: World, path: str) -> None:
    method, body = "PUT" if path == "log-level" else "POST", {"userId": "eve"}
    for bearer in (operator_token(), operator_token(sessions=["other"]), token("olga", roles=["OWNER"]), "none"):
        headers = {"Authorization": f"Bearer {bearer}", "Connection": "close"}  # a body that nobody read ends a connection
        await world.http.request(method, f"/api/admin/{path}", headers=headers, json=body)
    action, target, outcome = ACTS[path]
    seen = [(line["operator"], line["action"], line["outcome"]) for line in world.logged("audit")]
    limited = "room_not_found" if outcome == "room_not_found" else "forbidden"
    assert seen == [("otto", action, outcome), ("otto", action, limited), ("olga", action, "forbidden")]
    kept = (await world.json("/api/admin/audit"))["acts"]
    assert [act["outcome"] for act in kept] == [limited, outcome], "whoever may operate nothing has no row"
    assert kept[1]["target"] == target


async def test_acts_are_there_after_a_restart_of_the_server_and_read_in_pages(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        room_id, _ = await room_with_ann(world)
        await world.request("POST", f"/api/admin/rooms/{room_id}/restart")
        await world.request("PUT", "/api/admin/log-level", json={"level": "info"})
    async with running_server(tmp_path) as world:
        await world.request("POST", "/api/admin/backup", json={"path": "out.db"})
        first = await world.json("/api/admin/audit?limit=2")
        second = await world.json(f"/api/admin/audit?limit=2&before={first['before']}")
    assert [(act["action"], act["outcome"]) for act in (*first["acts"], *second["acts"])] == [
        ("server.backup", "forbidden"), ("server.log-level", "done"), ("room.restart", "done"),
    ]  # fmt: skip
    assert {act["operator"]["id"] for act in first["acts"]} == {"otto"}
    assert second["before"] is None


async def test_act_waits_for_a_store_that_fails_and_is_kept_once_it_answers(world: World, monkeypatch) -> None:
    with monkeypatch.context() as failing:
        failing.setattr("persistence.store.write_act", _fail)
        answer = await world.request("PUT", "/api/admin/log-level", json={"level": "info"})
        assert answer.status_code == 200
        assert (await world.json("/api/admin/audit"))["acts"] == []
    assert [act["action"] for act in (await world.json("/api/admin/audit"))["acts"]] == ["server.log-level"]


def _fail(_db: object, _act: object) -> None:
    raise sqlite3.OperationalError("disk I/O error")


async def test_number_of_acts_asked_for_must_be_sensible(world: World) -> None:
    for query in ("limit=0", "limit=1001", "limit=x", "limit=-1", "session=demo&before=0"):
        assert (await world.request("GET", f"/api/admin/audit?{query}")).status_code == 400
