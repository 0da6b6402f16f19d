"""The operators' API at an address of its own."""

import socket
import stat
from pathlib import Path

import httpx
import pytest
import trio

from gateway.admin.own_port import admin_listeners
from gateway.start_refused import StartRefused
from tests.drills.harness import served
from tests.drills.harness import token as drill_token
from tests.gateway.server_harness import operator_token, running_server
from tests.gateway.transport_harness import handshake, read_head

HEADERS = {"Authorization": f"Bearer {operator_token()}"}


async def test_own_port_serves_operators_and_the_public_one_does_not(tmp_path: Path) -> None:
    async with running_server(tmp_path, admin_listen="127.0.0.1:0") as world:
        assert (await world.request("GET", "/api/admin/actors")).status_code == 404
        assert world.server.admin_url != world.server.url
        async with httpx.AsyncClient(base_url=world.server.admin_url, trust_env=False) as admin:
            assert (await admin.get("/api/admin/actors", headers=HEADERS)).status_code == 200
            assert (await admin.get("/api/admin/actors")).status_code == 401
            assert (await admin.get("/healthz")).status_code == 200
            assert (await admin.get("/metrics")).status_code == 200
            assert (await admin.get("/")).status_code == 404


async def test_own_port_has_no_sessions(tmp_path: Path) -> None:
    async with running_server(tmp_path, admin_listen="127.0.0.1:0") as world:
        port = int(world.server.admin_url.rpartition(":")[2])
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.send_all(handshake("/ws/demo"))
            head, _ = await read_head(stream)
        assert head.startswith(b"HTTP/1.1 404 ")


async def test_unix_socket_is_for_its_owner_and_goes_with_the_server(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    async with running_server(tmp_path, admin_listen=f"unix:{path}") as world:
        assert world.server.admin_url == f"unix:{path}"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with httpx.AsyncClient(base_url="http://admin", transport=transport, trust_env=False) as admin:
            assert (await admin.get("/api/admin/actors", headers=HEADERS)).status_code == 200
            assert (await admin.get("/api/admin/actors")).status_code == 401
    assert not path.exists()


def test_socket_that_a_killed_server_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with admin_listeners(f"unix:{path}") as (listener,):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            accepted, _ = listener.accept()
            with accepted:
                client.sendall(b"hello")
                assert accepted.recv(5) == b"hello"
        listener.close()


def test_socket_on_which_somebody_listens_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        with pytest.raises(StartRefused, match="somebody listens"), admin_listeners(f"unix:{path}"):
            pass
        assert path.exists()


def test_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    path.write_text("precious")
    with pytest.raises(StartRefused, match="no socket"), admin_listeners(f"unix:{path}"):
        pass
    assert path.read_text() == "precious"


def test_address_that_is_taken_is_refused_by_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(StartRefused, match=f"admin_listen {address}"), admin_listeners(address):
            pass


def test_socket_in_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="cannot listen"), admin_listeners(f"unix:{tmp_path}/none/admin.sock"):
        pass


async def test_drain_asked_for_at_an_own_address_is_answered_before_the_server_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    async with served(tmp_path / "breakout.db", {"BREAKOUT_ADMIN_LISTEN": f"unix:{path}"}) as server:
        headers = {"Authorization": f"Bearer {drill_token('otto', permissions=['breakout:operate'])}"}
        async with httpx.AsyncClient(base_url="http://admin", transport=httpx.AsyncHTTPTransport(uds=str(path))) as admin:
            assert (await admin.post("/api/admin/drain", headers=headers)).status_code == 202
        with trio.fail_after(10):
            assert await trio.to_thread.run_sync(server.process.wait) == 0
