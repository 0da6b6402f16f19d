"""Who gets what: every route of the API for every kind of token."""

from pathlib import Path
from typing import Any

import pytest
import trio

from gateway.api.auth import ID
from tests.gateway.api.harness import STAFF, Api, open_api, token

JOIN = (("GET", "/api/sessions/demo/rooms"),)
MANAGE = (
    ("GET", "/api/sessions/demo/attendance.json"),
    ("GET", "/api/sessions/demo/attendance.csv"),
    ("POST", "/api/sessions/demo/assignments.csv"),
    ("GET", "/api/events/expo/rooms"),
)
REFUSED = (401, 403, 404, 405)



async def error(api: Api, method: str, path: str, **more: Any) -> tuple[int, str | None]:
    """Status and code, None for what is no refusal of access."""
    answer = await api.request(method, path, **more)
    return answer.status_code, answer.json()["error"]["code"] if answer.status_code in REFUSED else None


@pytest.mark.parametrize(("method", "path"), JOIN + MANAGE)
async def test_request_without_a_good_token_is_unauthorized(api: Api, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer x.y.z"}, {"Authorization": f"Basic {token(roles=STAFF)}"}):
        answer = await api.http.request(method, path, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.json()["error"]["code"] == "unauthorized"
    assert (await api.http.request(method, f"{path}?token={token(roles=STAFF)}")).status_code == 401
    assert await error(api, method, path, claims={"exp": 1_600_000_000}) == (401, "unauthorized")


@pytest.mark.parametrize(("method", "path"), JOIN)
@pytest.mark.parametrize("role", ["ATTENDEE", "SPEAKER", "MODERATOR", "OWNER"])
async def test_anybody_who_may_join_reads_the_rooms(api: Api, method: str, path: str, role: str) -> None:
    assert await error(api, method, path, roles=(role,)) == (200, None)


@pytest.mark.parametrize(("method", "path"), MANAGE)
async def test_reports_and_imports_need_manage(api: Api, method: str, path: str) -> None:
    assert await error(api, method, path, roles=("ATTENDEE",)) == (403, "forbidden")
    assert await error(api, method, path, roles=(), claims={"permissions": ["breakout:operate"]}) == (403, "forbidden")
    assert (await error(api, method, path, roles=(), claims={"permissions": ["breakout:manage"]}))[1] is None


@pytest.mark.parametrize(("method", "path"), JOIN + MANAGE[:3])
async def test_token_of_another_session_is_refused(api: Api, method: str, path: str) -> None:
    assert await error(api, method, path, claims={"sessions": ["other"]}) == (403, "forbidden")
    assert (await error(api, method, path, claims={"sessions": ["demo"]}))[1] is None


async def test_event_is_for_tokens_of_it_and_for_those_of_any_session(api: Api) -> None:
    path = "/api/events/expo/rooms"
    assert await error(api, "GET", path, claims={"sessions": ["a"], "event_id": "expo"}) == (200, None)
    assert await error(api, "GET", path, claims={"sessions": ["*"]}) == (200, None)
    assert await error(api, "GET", path, claims={"sessions": ["a"], "event_id": "fair"}) == (403, "forbidden")
    assert await error(api, "GET", path, claims={"sessions": ["a"]}) == (403, "forbidden")


@pytest.mark.parametrize("segment", ["x" * 65, "a%2Fb"])
async def test_id_that_is_none_is_not_found(api: Api, segment: str) -> None:
    for path in (f"/api/sessions/{segment}/rooms", f"/api/events/{segment}/rooms"):
        assert await error(api, "GET", path) == (404, "not_found")


def test_id_has_no_line_end_behind_it() -> None:
    assert not ID.match("demo\n")


@pytest.mark.parametrize(("method", "path"), JOIN + MANAGE)
async def test_other_methods_are_not_allowed(api: Api, method: str, path: str) -> None:
    for other in {"GET", "POST", "PUT", "DELETE", "OPTIONS"} - {method}:
        assert await error(api, other, path) == (405, "method_not_allowed")


@pytest.mark.parametrize("query", ["includeClosed=yes", "includeClosed="])
async def test_parameter_that_is_neither_true_nor_false_is_refused(api: Api, query: str) -> None:
    answer = await api.get(f"/api/sessions/demo/rooms?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_data")


async def test_answers_are_kept_by_nobody(api: Api) -> None:
    for method, path in JOIN + MANAGE:
        for roles in ((), STAFF):
            assert (await api.request(method, path, roles=roles)).headers["cache-control"] == "no-store"


async def test_page_of_any_origin_may_ask_with_its_token(api: Api) -> None:
    asks = {"Origin": "https://host.example", "Access-Control-Request-Method": "GET"}
    preflight = await api.http.options(
        "/api/sessions/demo/rooms", headers={**asks, "Access-Control-Request-Headers": "authorization"}
    )
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, "*")
    answer = await api.get("/api/sessions/demo/rooms", headers={"Origin": "https://host.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    refused = await api.http.get("/api/sessions/demo/rooms", headers={"Origin": "https://host.example"})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "*")


async def test_page_of_an_origin_not_allowed_reads_nothing(tmp_path: Path, nursery: trio.Nursery) -> None:
    async with open_api(tmp_path / "b.db", nursery, allowed_origins=("https://host.example",)) as api:
        for origin, allowed in (("https://host.example", "https://host.example"), ("https://evil.example", None)):
            answer = await api.get("/api/sessions/demo/rooms", headers={"Origin": origin})
            assert answer.headers.get("access-control-allow-origin") == allowed
