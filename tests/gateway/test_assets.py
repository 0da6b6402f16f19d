"""Static files from memory: validators, compression, the policy, and nothing beyond the web folder."""

import gzip
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route

from gateway import assets
from gateway.app import make_app
from gateway.assets import asset, asset_routes, page
from gateway.script_text import without_comments

SCRIPT = "/client/breakout.js"
SOURCE = assets.WEB / "client/breakout.js"


@pytest.fixture
async def client():
    start = Route("/", lambda request: page(request, "start"))
    transport = httpx.ASGITransport(make_app([start, *asset_routes()]))
    async with httpx.AsyncClient(transport=transport, base_url="http://server", headers={"accept-encoding": ""}) as client:
        yield client


async def test_file_is_served_with_its_type_and_a_validator(client):
    answer = await client.get(SCRIPT)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert answer.content == without_comments(SOURCE.read_bytes())
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["etag"].startswith('"')


@pytest.mark.parametrize("offer", ["gzip", "br, gzip;q=0.5", "*", "GZIP"])
async def test_file_is_compressed_where_the_client_takes_it(client, offer):
    answer = await client.get(SCRIPT, headers={"accept-encoding": offer})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(SOURCE.read_bytes()) / 2
    assert answer.content == without_comments(SOURCE.read_bytes())
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("offer", ["", "br", "gzip;q=0", "gzip; q=0.0"])
async def test_file_is_plain_where_the_client_does_not_take_compression(client, offer):
    answer = await client.get(SCRIPT, headers={"accept-encoding": offer})
    assert "content-encoding" not in answer.headers
    assert answer.content == without_comments(SOURCE.read_bytes())


async def test_validator_differs_between_plain_and_compressed(client):
    plain, compressed = [
        (await client.get(SCRIPT, headers={"accept-encoding": offer})).headers["etag"] for offer in ("", "gzip")
    ]
    assert plain != compressed


@pytest.mark.parametrize("wrap", ["{}", "W/{}", '"other", {}', "*"])
async def test_file_is_not_sent_again_when_the_client_has_it(client, wrap):
    tag = (await client.get(SCRIPT)).headers["etag"]
    answer = await client.get(SCRIPT, headers={"if-none-match": wrap.format(tag)})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)


async def test_file_is_sent_when_the_client_has_another(client):
    answer = await client.get(SCRIPT, headers={"if-none-match": '"old"'})
    assert answer.status_code == 200


async def test_head_has_the_headers_of_get(client):
    got, head = await client.get(SCRIPT), await client.head(SCRIPT)
    assert head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == got.headers["content-length"]


async def test_policy_allows_no_inline_code_and_no_foreign_source(client):
    policy = (await client.get("/")).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert "unsafe" not in policy
    assert (rules["default-src"], rules["script-src"], rules["style-src"]) == ("'none'", "'self'", "'self'")
    assert (rules["base-uri"], rules["form-action"], rules["frame-ancestors"]) == ("'none'", "'none'", "'self'")
    assert rules["connect-src"] == "'self' ws: wss:"


async def test_modules_may_be_loaded_by_other_peoples_pages(client):
    headers = (await client.get(SCRIPT)).headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    ["/client/nothing.js", "/client/", "/client/../../app.py", "/client/%2e%2e/%2e%2e/app.py", "/pages/start.html",
     "/client//etc/passwd", "/client/breakout.js/", "/client/%00", "/client/" + "x" * 5000],
)  # fmt: skip
async def test_nothing_but_the_web_folders_files_is_served(client, path):
    assert (await client.get(path)).status_code == 404


async def test_file_that_changes_is_read_again_only_in_development(tmp_path: Path, monkeypatch):
    (tmp_path / "things").mkdir()
    file = tmp_path / "things/a.js"
    file.write_text("1")
    monkeypatch.setattr(assets, "WEB", tmp_path)
    assets._found.cache_clear()
    seen = {}
    for reload in (True, False):
        transport = httpx.ASGITransport(make_app(asset_routes(reload=reload)))
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            before = (await client.get("/things/a.js")).text
            file.write_text(before + "2")
            seen[reload] = (before, (await client.get("/things/a.js")).text)
    assets._found.cache_clear()
    assert seen == {True: ("1", "12"), False: ("12", "12")}


def test_body_that_compression_makes_larger_stays_plain():
    assert asset(b"a", ".js").compressed is None
    large = asset(b"a" * 1000, ".js")
    assert large.compressed is not None
    assert gzip.decompress(large.compressed) == large.body
    assert asset(b"a" * 1000, ".png").compressed is None


def test_every_file_of_the_web_folder_has_a_kind_that_is_served():
    unknown = {path.name for path in assets.WEB.rglob("*") if path.is_file() and path.suffix not in assets.CONTENT_TYPES}
    assert unknown <= {"LICENSE"}
