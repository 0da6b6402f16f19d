"""What the front answers for all workers: every method, odd ids, many at once."""

import json
from pathlib import Path

import trio

from tests.drills.harness import token
from tests.gateway.transport_harness import read_to_end
from tests.workers.harness import ask, crew_served, operator_token, session_of
from tests.workers.test_served import host_of

ONE = session_of(1)
LOOKS = (
    "/readyz", "/metrics", "/api/admin/actors", "/api/admin/audit", "/api/admin/log-level", f"/api/admin/actors?session={ONE}",
    "/api/admin/sessions", "/api/admin/users/revoked",
)  # fmt: skip


ODD = (
    (b"GET", b"/api/admin/rooms/a#b"), (b"GET", b"/api/admin/rooms/%zz"), (b"POST", b"/api/admin/sessions/%2e%2e/evict"),
    (b"GET", b"/api/events/e#1/rooms"),
)  # fmt: skip


async def test_head_and_odd_ids_are_answered_as_by_a_single_process(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        await host_of(server, ONE)
        for path in LOOKS:
            whole, head = await ask(server, path), await ask(server, path, "HEAD")
            assert (path, head.status_code, head.content) == (path, 200, b"")
            assert head.headers["content-type"] == whole.headers["content-type"]
        staff = token("producer", "OWNER", event_id="e1")
        assert (await ask(server, "/api/events/e1/rooms", "HEAD", bearer=staff)).status_code == 200
        statuses = []
        for method, target in ODD:
            bearer = staff if b"events" in target else operator_token()
            lines = (method + b" " + target + b" HTTP/1.1", b"Host: x", b"Authorization: Bearer " + bearer.encode(), b"", b"")
            async with await trio.open_tcp_stream(*server.address) as stream:
                await stream.send_all(b"\r\n".join(lines))
                statuses.append((await read_to_end(stream)).split(b" ", 2)[1])
        assert statuses == [b"404", b"404", b"400", b"200"]
        assert server.complaints() == []


async def test_flood_of_probes_leaves_the_server_ready(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        statuses: list[int] = []

        async def probe(path: str) -> None:
            statuses.append((await ask(server, path)).status_code)

        async with trio.open_nursery() as nursery:
            for number in range(120):
                nursery.start_soon(probe, ("/readyz", "/metrics", "/api/admin/audit")[number % 3])
        assert statuses == [200] * 120


async def test_refused_act_is_noted_once_by_whoever_refuses_it(tmp_path: Path) -> None:
    nobody = token("eve", "OWNER")
    async with crew_served(tmp_path / "breakout.db") as server:
        assert (await ask(server, "/api/admin/rooms/none/restart", "POST")).status_code == 404
        assert (await ask(server, f"/api/admin/sessions/{ONE}/evict", "POST", json={"userId": "ann"})).status_code == 404
        for path in ("rooms/none/close", f"sessions/{ONE}/evict", "drain"):
            assert (await ask(server, f"/api/admin/{path}", "POST", bearer=nobody)).status_code == 403
        acts = (await ask(server, "/api/admin/audit")).json()["acts"]
        logged = [json.loads(line) for line in server.log.read_text(encoding="utf-8").splitlines()]
    assert [(act["action"], act["outcome"]) for act in acts] == [
        ("user.remove", "session_not_found"), ("room.restart", "room_not_found"),
    ]  # fmt: skip
    assert [line["action"] for line in logged if line["event"] == "audit" and line["operator"] == "eve"] == [
        "room.close", "user.remove", "server.drain",
    ]  # fmt: skip
