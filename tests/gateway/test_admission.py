"""Who is let in at `/ws/SESSION`, over a real socket."""

from pathlib import Path

import pytest
import trio

from tests.fakes.token_maker import KeyMaker, make_token
from tests.gateway.server_harness import World, running_server, token
from tests.gateway.transport_harness import handshake, read_head

ORIGIN = "https://app.example"


async def status(world: World, *headers: str, path: str = "/ws/demo") -> int:
    """What a handshake with these headers is answered."""
    host, port = world.server.url.removeprefix("http://").split(":")
    stream = await trio.open_tcp_stream(host, int(port))
    world.streams.append(stream)
    await stream.send_all(handshake(path, *headers))
    with trio.fail_after(5):
        head, _ = await read_head(stream)
    return int(head.split()[1])


def bearer(text: str) -> str:
    return f"Authorization: Bearer {text}"


@pytest.mark.parametrize(
    "origin",
    ["null", f"{ORIGIN}:8443", "https://app.example.evil.com", "http://app.example", "https://APP.example", f"{ORIGIN}/"],
)
async def test_page_of_another_origin_is_refused_with_403_when_there_is_a_list(tmp_path: Path, origin: str) -> None:
    async with running_server(tmp_path, allowed_origins=(ORIGIN,)) as world:
        assert await status(world, bearer(token("ann")), f"Origin: {origin}") == 403
        assert await status(world, bearer(token("ann")), f"Origin: {ORIGIN}") == 101


async def test_program_without_an_origin_is_let_in_by_its_token_when_there_is_a_list(tmp_path: Path) -> None:
    async with running_server(tmp_path, allowed_origins=(ORIGIN,)) as world:
        assert await status(world, bearer(token("ann"))) == 101
        assert await status(world) == 401


async def test_any_origin_is_let_in_by_its_token_when_there_is_no_list(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        assert await status(world, bearer(token("ann")), "Origin: null") == 101


async def test_handshake_is_refused_by_what_is_wrong_with_its_token(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        assert await status(world, bearer(token("ann", sessions=["other"]))) == 403
        assert await status(world, bearer(token("ann", exp=1))) == 401
        assert await status(world, bearer("not.a.token")) == 401
        assert await status(world, bearer(token("ann", sessions=["demo"]))) == 101


async def test_token_in_the_url_is_not_accepted(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        good = token("ann")
        for query in ("token", "access_token", "bearer"):
            assert await status(world, path=f"/ws/demo?{query}={good}") == 401
        assert good not in world.log.getvalue()


async def test_browser_names_its_token_as_a_subprotocol_which_is_never_echoed(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        good = token("ann")
        offered = f"Sec-WebSocket-Protocol: breakout.v1, bearer.{good}"
        host, port = world.server.url.removeprefix("http://").split(":")
        stream = await trio.open_tcp_stream(host, int(port))
        world.streams.append(stream)
        await stream.send_all(handshake("/ws/demo", offered, without=("Sec-WebSocket-Protocol",)))
        head, _ = await read_head(stream)
    assert head.startswith(b"HTTP/1.1 101 ")
    assert good.encode() not in head


async def test_server_that_cannot_reach_its_identity_provider_is_not_ready_and_turns_nobody_away_for_good(tmp_path: Path) -> None:
    async with running_server(tmp_path, jwks_url="http://127.0.0.1:1/keys") as world:
        published = bearer(make_token(key=KeyMaker().ed, algorithm="EdDSA"))
        assert [await status(world, published), await status(world, bearer(token("ann")))] == [503, 101]
        ready = await world.http.get("/readyz")
        assert (ready.status_code, ready.json()["keys"]) == (503, "missing")
        headers = {"Authorization": published.partition(" ")[2]}
        assert (await world.http.get("/api/sessions/demo/rooms", headers=headers)).status_code == 503
        found = await world.metrics()
        assert [found[f"breakout_{name}"] for name in ("ready", "jwks_keys", "jwks_failures_total")] == [0, 0, 1]
        assert world.logged("not ready: keys not read")[0]["reason"].startswith("cannot read keys from http://127.0.0.1:1/keys")
