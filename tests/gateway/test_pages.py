"""The pages, and the tokens that development gives for the asking."""

import time
from pathlib import Path

import httpx
import pytest

from gateway.app import make_app
from gateway.pages import page_routes, user_id
from gateway.settings import Settings
from gateway.token import token_verifier

WISH = {"name": "Ann van der Lee", "role": "ATTENDEE", "session": "demo"}


def settings(tmp_path: Path, *, dev: bool) -> Settings:
    return Settings(dev=dev, db=tmp_path / "b.db", hmac_key=None if dev else "k" * 48)


def client(chosen: Settings) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(make_app(page_routes(chosen)))
    return httpx.AsyncClient(transport=transport, base_url="http://server")


@pytest.mark.parametrize("path", ["/", "/s/demo", "/s/demo/manage", "/e/spring/producer", "/example"])
async def test_page_is_served_under_a_strict_policy(tmp_path, path):
    async with client(settings(tmp_path, dev=True)) as browser:
        answer = await browser.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(("method", "path"), [("GET", "/example"), ("POST", "/dev/token")])
async def test_server_in_use_has_no_tools_of_development(tmp_path, method, path):
    async with client(settings(tmp_path, dev=False)) as browser:
        answer = await browser.request(method, path, json=WISH)
        start = await browser.get("/")
    assert answer.status_code == 404
    assert 'name="token"' in start.text


async def test_token_names_its_person_and_is_good_for_one_session(tmp_path):
    chosen = settings(tmp_path, dev=True)
    async with client(chosen) as browser:
        answer = await browser.post("/dev/token", json=WISH, headers={"Origin": "http://server"})
    claims = token_verifier(chosen).verify(answer.json()["token"], now=time.time())
    assert (claims.caller.user.first_name, claims.caller.user.last_name) == ("Ann", "van der Lee")
    assert (claims.caller.staff, claims.good_for("demo"), claims.good_for("other")) == (False, True, False)
    assert answer.headers["cache-control"] == "no-store"


async def test_organizers_token_is_good_for_the_whole_event(tmp_path):
    chosen = settings(tmp_path, dev=True)
    async with client(chosen) as browser:
        answer = await browser.post("/dev/token", json={**WISH, "role": "MODERATOR"})
    claims = token_verifier(chosen).verify(answer.json()["token"], now=time.time())
    assert (claims.caller.staff, claims.good_for("other"), claims.event_id) == (True, True, "demo")


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://elsewhere"}, {"Origin": "null"}, {"Origin": "http://server:81"}, {"Content-Type": "text/plain"}],
)
async def test_pages_of_others_get_no_token(tmp_path, headers):
    async with client(settings(tmp_path, dev=True)) as browser:
        answer = await browser.post("/dev/token", json=WISH, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"name": 5, "session": "demo"}', b'{"name": " ", "session": "demo"}', b'{"name": "Ann"}',
     b'{"name": "Ann", "session": "demo", "role": "OWNER"}', b'{"name": "Ann", "session": "' + b"x" * 65 + b'"}'],
)
async def test_wish_that_makes_no_sense_is_refused(tmp_path, body):
    async with client(settings(tmp_path, dev=True)) as browser:
        answer = await browser.post("/dev/token", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


async def test_wish_that_is_too_long_is_refused(tmp_path):
    async with client(settings(tmp_path, dev=True)) as browser:
        answer = await browser.post("/dev/token", content=b" " * 5000, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_different_names_are_different_users_and_the_same_name_is_one():
    names = ["Ann Lee", "ann-lee", "Ann  Lee!", "Änn Lee", "李", "🙂", "Ann Lee"]
    assert len({user_id(name) for name in names}) == len(names) - 1
    assert user_id("Ann Lee") == "ann-lee"
