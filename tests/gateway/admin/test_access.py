"""Who may use the operators' API: those whose token says breakout:operate, and nobody else."""

import pytest

from tests.gateway.admin.scenes import room_with_ann
from tests.gateway.server_harness import OPERATE, World, operator_token, token

ROUTES = [
    ("GET", "actors"),
    ("GET", "rooms/r1"),
    ("POST", "rooms/r1/restart"),
    ("POST", "rooms/r1/close"),
    ("GET", "sessions"),
    ("POST", "sessions/demo/evict"),
    ("POST", "sessions/demo/readmit"),
    ("POST", "users/revoke"),
    ("POST", "users/reinstate"),
    ("GET", "users/revoked"),
    ("POST", "drain"),
    ("POST", "backup"),
    ("GET", "log-level"),
    ("PUT", "log-level"),
    ("GET", "audit"),
    ("GET", "audit?session=demo"),
    ("GET", "actors?session=demo"),
]


async def test_owner_without_operate_is_refused_everywhere(world: World) -> None:
    owner = token("olga", roles=["OWNER"])
    answers = [await world.request(method, f"/api/admin/{path}", bearer=owner) for method, path in ROUTES]
    assert [answer.status_code for answer in answers] == [403] * len(ROUTES)
    assert not world.server.stop.is_set()


async def test_nobody_is_answered_without_a_good_token(world: World) -> None:
    for method, path in ROUTES:
        assert (await world.http.request(method, f"/api/admin/{path}")).status_code == 401
    expired = operator_token(exp=1)
    assert (await world.request("GET", "/api/admin/actors", bearer=expired)).status_code == 401


@pytest.mark.parametrize("path", ["actors", "audit", "log-level", "actors?session=other", "audit?session=other"])
async def test_operator_of_one_session_sees_no_more_than_that_session(world: World, path: str) -> None:
    limited = operator_token(sessions=["demo"])
    assert (await world.request("GET", f"/api/admin/{path}", bearer=limited)).status_code == 403


async def test_operator_of_one_session_operates_on_its_rooms(world: World) -> None:
    room_id, _ = await room_with_ann(world)
    limited, other = operator_token(sessions=["demo"]), operator_token(sessions=["other"])
    for method, path in [("GET", ""), ("POST", "/restart")]:
        answer = await world.request(method, f"/api/admin/rooms/{room_id}{path}", bearer=limited)
        assert answer.status_code == 200
        assert (await world.request(method, f"/api/admin/rooms/{room_id}{path}", bearer=other)).status_code == 403


async def test_operator_is_not_staff_of_a_session(world: World) -> None:
    otto = await world.connect("otto", permissions=OPERATE)
    assert (await otto.ask("room.create", name="Blue"))["error"]["code"] == "forbidden"


async def test_page_of_another_origin_gets_no_leave_to_read(world: World) -> None:
    answer = await world.http.get("/api/admin/actors", headers={"Origin": "https://evil.example.com"})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["actors", "rooms/r1/restart"])
async def test_other_methods_are_refused(world: World, path: str) -> None:
    answer = await world.request("DELETE", f"/api/admin/{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")


async def test_refusal_before_the_body_was_read_says_that_the_connection_ends(world: World) -> None:
    for _ in range(3):
        answer = await world.request("POST", "/api/admin/drain", bearer=token("olga", roles=["OWNER"]), json={})
        assert (answer.status_code, answer.headers["connection"]) == (403, "close")
