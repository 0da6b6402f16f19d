"""Putting somebody out of a session: at once, for good, and until they are readmitted."""

import pytest

from tests.gateway.admin.scenes import room_with_ann
from tests.gateway.server_harness import World, token
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
    stream = await world.open(token("ann"))
    head, rest = await read_head(stream)
    assert head.startswith(b"HTTP/1.1 101 ")
    assert await RawWebSocket(stream, bytearray(rest)).close_code() == 4002
    assert (await world.request("POST", READMIT, json={"userId": "ann"})).status_code == 200
    await world.connect("ann")


async def test_only_users_of_the_session_can_be_evicted_or_readmitted(world: World) -> None:
    await room_with_ann(world)
    for path in (EVICT, READMIT):
        answer = await world.request("POST", path, json={"userId": "stranger"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "user_not_found")


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
