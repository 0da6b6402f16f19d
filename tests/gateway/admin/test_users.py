"""Shutting somebody out of the whole server: every connection and every token, at once, until they are let in again."""

from pathlib import Path
from typing import Any

import pytest
import trio

from breakout.errors import StorageUnavailable
from tests.gateway.admin.scenes import room_with_ann
from tests.gateway.server_harness import World, operator_token, running_server, token
from tests.gateway.transport_harness import RawWebSocket, read_head

REVOKE, REINSTATE, REVOKED = (f"/api/admin/users/{name}" for name in ("revoke", "reinstate", "revoked"))


async def status(world: World, method: str, path: str, **more: Any) -> tuple[int, str]:
    answer = await world.request(method, path, **more)
    return answer.status_code, answer.json()["error"]["code"] if answer.status_code >= 400 else ""


async def handshake_status(world: World, user: str, session: str = "demo") -> int:
    head, _ = await read_head(await world.open(token(user), session))
    return int(head.split(b" ", 2)[1])


async def test_revoked_user_is_closed_in_every_session_and_loses_the_seats(world: World) -> None:
    room_id, ann = await room_with_ann(world)
    elsewhere = await world.connect("ann", session="other")
    assert await status(world, "POST", REVOKE, json={"userId": "ann"}) == (200, "")
    assert [await device.close_code() for device in (ann, elsewhere)] == [4002, 4002]
    assert (await world.json(f"/api/admin/rooms/{room_id}"))["seats"] == []


async def test_no_token_of_a_revoked_user_is_taken_until_reinstated(world: World) -> None:
    await room_with_ann(world)
    await world.request("POST", REVOKE, json={"userId": "olga"})
    bearer = token("olga", roles=["OWNER"], permissions=["breakout:operate"])
    asked = ("/api/sessions/demo/rooms", "/api/sessions/new/rooms", "/api/events/e1/rooms", "/api/admin/actors", REVOKED)
    assert [await status(world, "GET", path, bearer=bearer) for path in asked] == [(403, "forbidden")] * len(asked)
    assert [await handshake_status(world, "olga", session) for session in ("demo", "new")] == [403, 403]
    assert [door.session_id for door in world.server.root.doors()] == ["demo"]
    assert await status(world, "POST", REINSTATE, json={"userId": "olga"}) == (200, "")
    assert [await status(world, "GET", path, bearer=bearer) for path in asked] == [(200, "")] * len(asked)
    await world.connect("olga", "OWNER")


async def test_bad_token_of_a_revoked_user_says_nothing_about_them(world: World) -> None:
    await world.request("POST", REVOKE, json={"userId": "ann"})
    assert await status(world, "GET", "/api/sessions/demo/rooms", bearer=token("ann", exp=1)) == (401, "unauthorized")


async def test_connection_that_is_upgraded_while_its_user_is_revoked_is_closed(world: World) -> None:
    endpoint, root = world.server.endpoint, world.server.root
    plain = endpoint.open

    def late(admission: Any, socket: Any) -> Any:
        root.revoke(["ann"])
        return plain(admission, socket)

    endpoint.open = late  # type: ignore[method-assign]
    stream = await world.open(token("ann"))
    _, rest = await read_head(stream)
    with trio.fail_after(10):
        assert await RawWebSocket(stream, bytearray(rest)).close_code() == 4002
    assert len(endpoint) == 0


async def test_revocation_holds_after_a_restart_and_frees_the_seat_that_was_held(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        room_id, _ = await room_with_ann(world)
        await world.request("POST", REVOKE, json={"userId": "ann"})
    async with running_server(tmp_path) as world:
        assert await handshake_status(world, "ann") == 403
        assert (await world.json(f"/api/admin/rooms/{room_id}"))["seats"] == []
        await world.request("POST", REINSTATE, json={"userId": "ann"})
    async with running_server(tmp_path) as world:
        assert await handshake_status(world, "ann") == 101


async def test_revoked_users_are_listed_newest_first_with_who_did_it(world: World) -> None:
    for user in ("https://id.example/ann", "ben", "ben"):
        await world.request("POST", REVOKE, json={"userId": user})
    found = (await world.json(REVOKED))["revoked"]
    assert sorted(each["userId"] for each in found) == ["ben", "https://id.example/ann"]
    assert [each["at"] for each in found] == sorted((each["at"] for each in found), reverse=True)
    assert found[0]["by"] == {"id": "otto", "firstName": "Otto", "lastName": ""}


async def test_operator_cannot_shut_out_themselves(world: World) -> None:
    assert await status(world, "POST", REVOKE, json={"userId": "otto"}) == (409, "conflict")
    assert (await world.json(REVOKED))["revoked"] == []


async def test_only_who_is_revoked_can_be_reinstated(world: World) -> None:
    assert await status(world, "POST", REINSTATE, json={"userId": "ann"}) == (404, "user_not_found")


async def test_operator_of_some_sessions_neither_revokes_nor_sees(world: World) -> None:
    bearer = operator_token(sessions=["demo"])
    for path in (REVOKE, REINSTATE):
        assert await status(world, "POST", path, json={"userId": "ann"}, bearer=bearer) == (403, "forbidden")
    assert await status(world, "GET", REVOKED, bearer=bearer) == (403, "forbidden")


async def test_every_act_is_in_the_audit_refused_ones_too(world: World) -> None:
    for path, user in ((REVOKE, "ann"), (REINSTATE, "ann"), (REINSTATE, "ann"), (REVOKE, "otto")):
        await world.request("POST", path, json={"userId": user})
    acts = (await world.json("/api/admin/audit"))["acts"]
    assert [(act["action"], act["target"], act["outcome"]) for act in reversed(acts)] == [
        ("user.revoke", "ann", "done"), ("user.reinstate", "ann", "done"), ("user.reinstate", "ann", "user_not_found"),
        ("user.revoke", "otto", "conflict"),
    ]  # fmt: skip


async def test_nothing_is_done_that_could_not_be_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, ann = await room_with_ann(world)

    async def failing(*_: object) -> None:
        raise StorageUnavailable

    monkeypatch.setattr("persistence.store.Store.revoke", failing)
    assert await status(world, "POST", REVOKE, json={"userId": "ann"}) == (503, "storage_unavailable")
    assert (await ann.ask("ping"))["success"]

