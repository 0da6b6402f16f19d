"""Who gets in when a session is full, and how often somebody may try."""

from pathlib import Path

import trio

from tests.gateway.server_harness import World, running_server, token
from tests.gateway.transport_harness import RawWebSocket, handshake, read_head


async def handshake_of(world: World, user: str, **claims) -> bytes:
    head, _ = await read_head(await world.open(token(user, **claims)))
    return head


PATHS = {
    "/ws/": 404, "/ws/" + "x" * 65: 404, "/ws/a/b": 404, "/ws/a%2fb": 404, "/ws/../x": 404, "/ws/%2e%2e/x": 404, "/ws": 404,
    "/ws/%00": 400, "/ws/" + "x" * 64: 101,
}  # fmt: skip


async def test_path_that_names_no_session_is_not_found_whoever_asks(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        for path, status in PATHS.items():
            stream = await world.open_raw(handshake(path, f"Authorization: Bearer {token('ann')}"))
            head, _ = await read_head(stream)
            assert head.startswith(b"HTTP/1.1 %d " % status), path
            stream.socket.close()
        assert (await world.metrics())['breakout_requests_rejected_total{status="404"}'] == 6  # "/ws" is the application's


async def test_token_in_the_url_is_not_accepted_and_not_logged(tmp_path: Path) -> None:
    bearer = token("ann")
    async with running_server(tmp_path) as world:
        for path in (f"/ws/demo?token={bearer}", f"/ws/demo?access_token={bearer}", f"/ws/demo?authorization=Bearer%20{bearer}"):
            head, _ = await read_head(await world.open_raw(handshake(path)))
            assert head.startswith(b"HTTP/1.1 401 ")
        assert world.logged("request_rejected")
        assert bearer not in world.log.getvalue()


async def test_token_for_another_session_is_forbidden(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        head = await handshake_of(world, "ann", sessions=["elsewhere"])
        assert head.startswith(b"HTTP/1.1 403 ")
        assert (await world.metrics())['breakout_requests_rejected_total{status="403"}'] == 1


async def test_full_session_is_refused_with_503_and_when_to_try_again(tmp_path: Path) -> None:
    async with running_server(tmp_path, max_people_per_session=2) as world:
        await world.connect("ann")
        await world.connect("ben")
        head = await handshake_of(world, "eve")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 30" in head


async def test_full_session_lets_in_staff_and_further_devices_of_those_inside(tmp_path: Path) -> None:
    async with running_server(tmp_path, max_people_per_session=1) as world:
        await world.connect("ann")
        await world.connect("ann")
        await world.connect("olga", "MODERATOR")
        assert (await handshake_of(world, "eve")).startswith(b"HTTP/1.1 503 ")


async def test_place_is_free_again_when_the_last_device_of_somebody_has_left(tmp_path: Path) -> None:
    async with running_server(tmp_path, max_people_per_session=1) as world:
        first, second = await world.connect("ann"), await world.connect("ann")
        for device, status in ((first, b"503"), (second, b"101")):
            await device.socket.send(8, (1000).to_bytes(2, "big"))
            assert await device.close_code() == 1000
            assert (await handshake_of(world, "ben")).startswith(b"HTTP/1.1 " + status)


async def test_leaving_staff_free_no_place(tmp_path: Path) -> None:
    async with running_server(tmp_path, max_people_per_session=1) as world:
        await world.connect("ann")
        staff = await world.connect("ann", "MODERATOR")
        await staff.socket.send(8, (1000).to_bytes(2, "big"))
        await staff.close_code()
        assert (await handshake_of(world, "ben")).startswith(b"HTTP/1.1 503 ")


async def test_those_who_were_upgraded_for_the_last_place_at_once_get_it_once(tmp_path: Path) -> None:
    async with running_server(tmp_path, max_people_per_session=1) as world:
        streams = [await world.open(token(user)) for user in ("ann", "ben", "cem")]
        outcomes: list[int] = []
        for stream in streams:
            head, rest = await read_head(stream)
            if head.startswith(b"HTTP/1.1 503 "):
                outcomes.append(503)
                continue
            with trio.fail_after(5):
                opcode, payload = await RawWebSocket(stream, bytearray(rest)).receive()
            outcomes.append(101 if opcode == 1 else int.from_bytes(payload[:2], "big"))
        assert outcomes.count(101) == 1
        assert set(outcomes) <= {101, 503, 1013}


async def test_answers_have_security_headers_and_pages_their_own_policy(tmp_path: Path) -> None:
    async with running_server(tmp_path) as world:
        for path in ("/healthz", "/metrics", "/api/admin/actors", "/none"):
            headers = (await world.http.get(path)).headers
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
        page = (await world.http.get("/")).headers
        assert "script-src 'self'" in page["content-security-policy"]
        assert page.get_list("x-content-type-options") == ["nosniff"]
