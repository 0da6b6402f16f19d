"""A server with workers is one server to everybody: people on its port, operators, probes and dashboards."""

import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import trio
from websockets.sync.client import connect as connect_elsewhere

from gateway.workers.directory_lock import lock_directory
from gateway.workers.files import arrange, front_file, worker_file
from tests.drills.harness import Device, ServerProcess, connect, make_room, raw_connect, token
from tests.gateway.transport_harness import handshake, read_to_end
from tests.workers.harness import ask, crew_served, metrics_of, operator_token, refusal, session_of, workers_of

ONE, TWO = session_of(1), session_of(2)


def stored_sessions(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as conn:
        return {row[0] for row in conn.execute("SELECT session_id FROM breakout_sessions")}


async def host_of(server: ServerProcess, session: str) -> tuple[Device, str]:
    """A host of an event's session, and a room with a timer."""
    host = await connect(server.address, token("host", "OWNER", event_id="e1"), session)
    room_id = await make_room(host, name=session, durationMinutes=10)
    await host.call("breakout.room.join", {"roomId": room_id})
    return host, room_id


async def test_sessions_of_both_workers_are_served_on_one_port_each_from_its_own_file(tmp_path: Path) -> None:
    db = tmp_path / "breakout.db"
    async with crew_served(db) as server:
        for session in (ONE, TWO):
            host, room_id = await host_of(server, session)
            ann = await connect(server.address, token("ann", "ATTENDEE"), session)
            await ann.call("breakout.room.join", {"roomId": room_id})
            await ann.call("breakout.chat.send", {"text": f"hello {session}"})
            shown = await host.until_event("breakout.chat.message")
            assert shown["data"]["message"]["text"] == f"hello {session}"
        assert server.complaints() == []
        assert await server.stop() == 0
    assert [stored_sessions(worker_file(db, n)) for n in (1, 2)] == [{ONE}, {TWO}]


async def test_session_is_the_same_however_its_name_is_encoded_and_whoever_connects(tmp_path: Path) -> None:
    name = session_of(2, prefix="Größe ")
    async with crew_served(tmp_path / "breakout.db") as server:
        host = await connect(server.address, token("host", "OWNER"), quote(name))
        room_id = await make_room(host)
        bearer = f"Authorization: Bearer {token('ann', 'ATTENDEE')}"
        socket_, head = await raw_connect(server.address, "/ws/" + "".join(f"%{byte:02x}" for byte in name.encode()), bearer)
        assert head.startswith(b"HTTP/1.1 101 ")
        assert [room["id"] for room in (await Device(socket_).receive())["data"]["rooms"]] == [room_id]

        def independent() -> str:
            url = f"ws://127.0.0.1:{server.address[1]}/ws/{quote(name)}"
            given = [f"bearer.{token('ben', 'ATTENDEE')}", "breakout.v1"]
            with connect_elsewhere(url, subprotocols=given, proxy=None) as websocket:  # type: ignore[arg-type]
                return str(websocket.recv())

        assert room_id in await trio.to_thread.run_sync(independent)


async def test_plain_requests_are_answered_and_end_their_connection(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db", BREAKOUT_DEV="true") as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
            for path in ("/", "/docs", "/asyncapi.json", f"/s/{ONE}", f"/s/{TWO}/manage", "/healthz", "/readyz", "/metrics"):
                answer = await client.get(path)
                assert (path, answer.status_code, answer.headers["connection"]) == (path, 200, "close")
            made = await client.post("/dev/token", json={"name": "Ann Smith", "session": ONE})
            assert made.status_code == 200
            assert (await client.get("/nothing")).status_code == 404
        second = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        stream = await trio.open_tcp_stream(*server.address)
        async with stream:
            await stream.send_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + handshake(f"/ws/{TWO}") + second)
            reply = await read_to_end(stream)
        assert reply.count(b"HTTP/1.1 ") == 1


MALFORMED = (b"nonsense\r\n\r\n", b"\x16\x03\x01", b"\r\n\r\n", handshake("/ws/%ff"), handshake("/ws/1", "X: " + "x" * 9_000))


async def test_malformed_requests_are_refused_as_by_a_single_process(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        statuses = []
        for request in MALFORMED:
            async with await trio.open_tcp_stream(*server.address) as stream:
                with trio.fail_after(5):
                    await stream.send_all(request)
                    statuses.append((await read_to_end(stream)).split(b" ", 2)[1])
        assert statuses == [b"400", b"400", b"400", b"400", b"431"]
        assert server.complaints() == []


async def test_reports_are_about_all_sessions(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        hosts = {session: await host_of(server, session) for session in (ONE, TWO)}
        staff = token("producer", "OWNER", event_id="e1")
        event = (await ask(server, "/api/events/e1/rooms", bearer=staff)).json()
        assert [(each["sessionId"], each["rooms"][0]["id"]) for each in event["sessions"]] == sorted(
            (session, room_id) for session, (_, room_id) in hosts.items()
        )
        for session, (_, room_id) in hosts.items():
            rooms = (await ask(server, f"/api/sessions/{session}/rooms", bearer=staff)).json()
            assert [room["id"] for room in rooms["rooms"]] == [room_id]
            assert (await ask(server, f"/api/admin/rooms/{room_id}")).json()["room"]["sessionId"] == session
        tree = (await ask(server, "/api/admin/actors")).json()
        assert {each["id"] for each in tree["sessions"]} == {ONE, TWO}
        assert (tree["server"]["sessions"], tree["server"]["connections"], tree["server"]["phase"]) == (2, 2, "serving")
        assert [each["state"] for each in tree["server"]["workers"]] == ["up", "up"]
        alone = (await ask(server, f"/api/admin/actors?session={TWO}")).json()
        assert [each["id"] for each in alone["sessions"]] == [TWO]
        found = await metrics_of(server)
        names = ("sessions", "connections", "rooms_open", "workers", "ready")
        assert [found[f"breakout_{name}"] for name in names] == [2, 2, 2, 2, 1]
        assert found['breakout_commands_total{event="breakout.room.join",outcome="success"}'] == 2
        assert {f'process_resident_memory_bytes{{worker="{name}"}}' for name in ("front", "1", "2")} <= set(found)
        assert (await ask(server, "/readyz")).json() == {
            "status": "serving", "store": "healthy", "keys": "known",
            "workers": [{"worker": n, "state": "up", "ready": True} for n in (1, 2)],
        }  # fmt: skip


async def test_operators_act_on_sessions_of_any_worker_and_leave_one_trail(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        hosts = {session: await host_of(server, session) for session in (ONE, TWO)}
        for session, (host, room_id) in hosts.items():
            assert (await ask(server, f"/api/admin/rooms/{room_id}/restart", "POST")).status_code == 200
            await host.until_event("breakout.room.restored")
            evicted = await ask(server, f"/api/admin/sessions/{session}/evict", "POST", json={"userId": "host"})
            assert evicted.status_code == 200
            assert await host.close_code() == 4002
        assert (await ask(server, "/api/admin/log-level", "PUT", json={"level": "error"})).json() == {"level": "error"}
        assert (await ask(server, "/api/admin/log-level")).json() == {"level": "error"}
        acts = (await ask(server, "/api/admin/audit")).json()["acts"]
        assert [(act["action"], act["outcome"]) for act in acts] == [
            ("server.log-level", "done"), *[("user.remove", "done"), ("room.restart", "done")] * 2,
        ]  # fmt: skip
        assert len((await ask(server, "/api/admin/audit?limit=2")).json()["acts"]) == 2
        assert len((await ask(server, f"/api/admin/audit?session={TWO}")).json()["acts"]) == 2
        assert (await ask(server, "/api/admin/audit?limit=x")).status_code == 400


OPERATIONS: tuple[tuple[str, str, dict[str, str] | None], ...] = (
    ("GET", "actors", None), ("GET", "audit", None), ("GET", "log-level", None), ("PUT", "log-level", {"level": "debug"}),
    ("POST", "drain", None), ("POST", "backup", {"path": "x"}), ("POST", f"sessions/{ONE}/evict", {"userId": "x"}),
    ("GET", "rooms/r", None), ("POST", "rooms/r/close", None),
)  # fmt: skip


async def test_operators_requests_are_refused_to_everybody_else(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        for method, path, body in OPERATIONS:
            bearers = (token("host", "OWNER"), "x", operator_token(sessions=["other"]))
            found = [(await ask(server, f"/api/admin/{path}", method, bearer=bearer, json=body)).status_code for bearer in bearers]
            assert (path, found) == (path, [403, 401, 404 if path.startswith("rooms") else 403])


async def test_operators_have_an_address_of_their_own_where_it_is_set(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    async with crew_served(tmp_path / "breakout.db", BREAKOUT_ADMIN_LISTEN=f"unix:{path}") as server:
        await host_of(server, TWO)
        assert (await ask(server, "/api/admin/actors")).status_code == 404
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with httpx.AsyncClient(base_url="http://x", transport=transport) as client:
            headers = {"Authorization": f"Bearer {operator_token()}"}
            assert len((await client.get("/api/admin/actors", headers=headers)).json()["sessions"]) == 1
            assert (await client.get("/readyz")).status_code == 200
            assert (await client.post("/api/admin/drain", headers=headers)).status_code == 202
        assert await trio.to_thread.run_sync(server.process.wait, 20) == 0
    assert not path.exists()


async def test_metrics_are_closed_where_that_is_set(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db", BREAKOUT_METRICS_OPEN="false") as server:
        assert (await ask(server, "/metrics", bearer="x")).status_code == 401
        assert (await ask(server, "/metrics")).status_code == 200


async def test_places_are_counted_for_the_whole_server_and_given_back(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db", BREAKOUT_MAX_CONNECTIONS="3") as server:
        one, two = await connect(server.address, token("a"), ONE), await connect(server.address, token("b"), TWO)
        three = await connect(server.address, token("c"), TWO)
        head = await head_for(server, "d")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after" in head.lower()
        for device in (one, two, three):
            device.drop()
        with trio.fail_after(10):
            while not (await head_for(server, "d")).startswith(b"HTTP/1.1 101 "):  # noqa: ASYNC110 - as in `until`
                await trio.sleep(0.02)


async def head_for(server: ServerProcess, user: str) -> bytes:
    """Of the response to a handshake."""
    _, head = await raw_connect(server.address, f"/ws/{ONE}", f"Authorization: Bearer {token(user)}")
    return head


async def test_people_behind_a_proxy_are_counted_by_their_own_addresses(tmp_path: Path) -> None:
    env = {"BREAKOUT_MAX_CONNECTIONS_PER_ADDRESS": "2", "BREAKOUT_TRUSTED_PROXIES": "127.0.0.1"}
    async with crew_served(tmp_path / "breakout.db", 2, **env) as server:
        statuses = []
        for user, address, session in [("a", 1, ONE), ("b", 1, TWO), ("c", 1, ONE), ("d", 2, ONE)]:
            lines = f"Authorization: Bearer {token(user)}", f"X-Forwarded-For: 10.0.0.{address}"
            _, head = await raw_connect(server.address, f"/ws/{session}", *lines)
            statuses.append(head.split(b" ", 2)[1])
    assert statuses == [b"101", b"101", b"503", b"101"]


async def test_secrets_are_on_no_workers_command_line_and_in_no_environment(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        for worker in await workers_of(server):
            line = await trio.Path(f"/proc/{worker['pid']}/cmdline").read_bytes()
            assert b"inside" in line
            assert b"secret" not in line
            variables = await trio.Path(f"/proc/{worker['pid']}/environ").read_bytes()
            assert b"PYTHONPATH=" in variables
            assert b"BREAKOUT_" not in variables


async def test_slow_heads_are_held_by_the_front_without_work_and_closed_in_time(tmp_path: Path) -> None:
    async with crew_served(tmp_path / "breakout.db") as server:
        streams = [await trio.open_tcp_stream(*server.address) for _ in range(200)]
        for stream in streams:
            await stream.send_all(b"GET /ws/demo HTT")
        assert (await metrics_of(server))["breakout_sockets_open"] >= 200
        before = (await metrics_of(server))['process_cpu_seconds_total{worker="front"}']
        with trio.fail_after(15):
            for stream in streams:
                assert await stream.receive_some(100) == b""
        used = (await metrics_of(server))['process_cpu_seconds_total{worker="front"}'] - before
        for stream in streams:
            stream.socket.close()
    assert used < 0.5, "holding 200 half heads for five seconds, and closing them, took that much"


def test_workers_and_a_certificate_of_its_own_do_not_go_together(tmp_path: Path) -> None:
    tls: Any = {"BREAKOUT_TLS_CERTIFICATE": "cert.pem", "BREAKOUT_TLS_KEY": "key.pem"}
    said = refusal(tmp_path / "breakout.db", 2, port="0", **tls)
    assert said == (
        "breakout: BREAKOUT_WORKERS above 1 and tls_certificate do not go together; have a proxy in front end TLS"
    )
    assert not (tmp_path / "breakout.db").exists()


def test_worker_that_cannot_start_is_the_servers_own_refusal(tmp_path: Path) -> None:
    arrange(tmp_path / "breakout.db", 2)
    foreign = worker_file(tmp_path / "breakout.db", 2)
    foreign.write_text("no database at all, and long enough to be seen to be none" * 20, encoding="utf-8")
    assert "worker-2.db is not an SQLite database" in refusal(tmp_path / "breakout.db")


def test_taken_port_is_refused_and_no_worker_stays_behind(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = refusal(tmp_path / "breakout.db", port=port, code=75)
    assert said.startswith(f"breakout: cannot listen on 127.0.0.1 port {port}")
    os.close(lock_directory(tmp_path / "breakout.db", 10))  # a worker would still have it


def test_fronts_own_file_is_refused_by_name_when_it_is_none(tmp_path: Path) -> None:
    arrange(tmp_path / "breakout.db", 2)
    foreign = front_file(tmp_path / "breakout.db")
    foreign.write_text("no database at all, and long enough to be seen to be none" * 20, encoding="utf-8")
    assert "front.db is not an SQLite database" in refusal(tmp_path / "breakout.db")
