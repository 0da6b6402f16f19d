"""Putting somebody out of a session: at once, for good, and until they are readmitted."""

from pathlib import Path

import pytest
import trio

from tests.gateway.admin.scenes import room_with_ann
from tests.gateway.server_harness import World, running_server, token
from tests.gateway.transport_harness import RawWebSocket, read_head

EVICT, READMIT = "/api/admin/sessions/demo/evict", "/api/admin/sessions/demo/readmit"


async def test_evicted_user_is_closed_with_4002_and_loses_the_seat(world: World) -> None:
    room_id, ann = await room_with_ann(world)
    assert (await world.request("POST", EVICT, json={"userId": "ann"})).status_code == 200
    assert await ann.close_code() == 4002
    assert (await world.json(f"/api/admin/rooms/{room_id}"))["seats"] == []


async def test_evicted_user_stays_out_until_readmitted(world: World) -> None:
    await room_with_ann(world)
    await world.request("POST", EVICT, json={"userId": "ann"})
    assert await close_code_at_once(world, "ann") == 4002
    assert (await world.request("POST", READMIT, json={"userId": "ann"})).status_code == 200
    await world.connect("ann")


async def test_somebody_may_be_evicted_before_they_ever_come(world: World) -> None:
    await room_with_ann(world)
    answers = [await world.request("POST", EVICT, json={"userId": user}) for user in ("stranger", "ann")]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"known": False}), (200, {"known": True})]
    assert await close_code_at_once(world, "stranger") == 4002
    assert (await world.request("POST", READMIT, json={"userId": "stranger"})).status_code == 200
    await world.connect("stranger")


async def test_only_somebody_who_was_evicted_can_be_readmitted(world: World) -> None:
    await room_with_ann(world)
    answer = await world.request("POST", READMIT, json={"userId": "ann"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "user_not_found")


async def test_what_can_be_no_user_id_is_refused(world: World) -> None:
    await room_with_ann(world)
    answer = await world.request("POST", EVICT, json={"userId": "a" * 129})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_data")


async def test_evicted_user_is_out_after_a_restart_of_the_server_too(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        room_id, _ = await room_with_ann(world)
        await world.request("POST", EVICT, json={"userId": "ann"})
    async with running_server(tmp_path) as world:
        rooms = "/api/sessions/demo/rooms"
        assert (await world.request("GET", rooms, bearer=token("ann"))).status_code == 403
        assert (await world.request("GET", rooms, bearer=token("ben"))).status_code == 200
        assert await close_code_at_once(world, "ann") == 4002
        assert (await world.json(f"/api/admin/rooms/{room_id}"))["seats"] == []


async def test_one_session_takes_so_many_operations_at_once_and_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room_with_ann(world)
    monkeypatch.setattr("gateway.admin.desk.MAX_ACTS", 0)
    answer = await world.request("POST", EVICT, json={"userId": "ann"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")


async def close_code_at_once(world: World, user: str) -> int:
    """Of a connection that is upgraded and let into nothing."""
    stream = await world.open(token(user))
    head, rest = await read_head(stream)
    assert head.startswith(b"HTTP/1.1 101 ")
    with trio.fail_after(10):
        return await RawWebSocket(stream, bytearray(rest)).close_code()


async def test_unknown_session_is_not_made_by_an_eviction(world: World) -> None:
    answer = await world.request("POST", "/api/admin/sessions/none/evict", json={"userId": "ann"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "session_not_found")
    assert world.server.root.doors() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"[]", 400), (b"{}", 400), (b'{"userId": 7}', 400), (b'{"userId": ""}', 400), (b'{"userId": "a\\u0000"}', 400),
        (b'{"userId": "ann", "force": true}', 400), (b'{"userId": "%b"}' % (b"a" * 1_001), 400), (b" " * 5_000, 413),
    ],
)  # fmt: skip
async def test_body_must_name_one_user_and_nothing_else(world: World, body: bytes, status: int) -> None:
    assert (await world.request("POST", EVICT, content=body)).status_code == status
