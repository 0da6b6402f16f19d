"""The example configurations under the real nginx and HAProxy: TLS outside, the server inside."""

import json
import socket
import ssl
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from attrs import frozen
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.drills.harness import ROOT, WIDE, ServerProcess, start_server, token
from tests.fakes.certificate import Certificate
from tests.ops.free_port import free_port
from tests.ops.tools import need

CLIENT = "127.0.0.2"
"""Another address of this machine, so that it can be told from the proxy's."""


@frozen
class Proxied:
    """A server behind a proxy. Attributes: origin: Of the proxy, without the scheme."""

    server: ServerProcess
    origin: str
    trust: ssl.SSLContext

    def websocket(self, user_token: str, headers: dict[str, str] | None = None) -> ClientConnection:
        """A WebSocket through the proxy, from `CLIENT`."""
        host, _, port = self.origin.partition(":")
        plain = socket.create_connection((host, int(port)), source_address=(CLIENT, 0))
        return connect(
            f"wss://{self.origin}/ws/s1",
            sock=plain,
            ssl=self.trust,
            subprotocols=["breakout.v1"],  # type: ignore[list-item]  # a NewType of str
            additional_headers={"Authorization": f"Bearer {user_token}", **(headers or {})},
        )

    def client_addresses(self) -> list[str]:
        """Of the connections that the server has logged."""
        lines = map(json.loads, self.server.log.read_text(encoding="utf-8").splitlines())
        return [line["client"] for line in lines if line["event"] == "connection opened"]


def nginx_command(directory: Path, port: int, server: ServerProcess, certificate: Certificate) -> list[str]:
    example = (ROOT / "ops/nginx.conf").read_text(encoding="utf-8")
    for ours, theirs in (
        ("127.0.0.1:8765", "{}:{}".format(*server.address)),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/ssl/breakout/fullchain.pem", str(certificate.chain)),
        ("/etc/ssl/breakout/privkey.pem", str(certificate.key)),
    ):
        assert example.count(ours) == 1, f"the example has changed: {ours}"
        example = example.replace(ours, theirs)
    paths = "".join(f"{name}_temp_path {directory};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    whole = f"daemon off;\npid {directory}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{example}\n}}\n"
    (directory / "nginx.conf").write_text(whole, encoding="utf-8")
    return ["nginx", "-p", str(directory), "-c", str(directory / "nginx.conf"), "-e", "stderr"]


def haproxy_command(directory: Path, port: int, server: ServerProcess, certificate: Certificate) -> list[str]:
    example = (ROOT / "ops/haproxy.cfg").read_text(encoding="utf-8")
    for ours, theirs in (
        ("127.0.0.1:8765", "{}:{}".format(*server.address)),
        ("maxconn 20000", "maxconn 100"),  # more descriptors than a test may have
        ("bind :443", f"bind 127.0.0.1:{port}"),
        ("/etc/haproxy/breakout.pem", str(certificate.both)),
    ):
        assert example.count(ours) == 1, f"the example has changed: {ours}"
        example = example.replace(ours, theirs)
    (directory / "haproxy.cfg").write_text(example, encoding="utf-8")
    return ["haproxy", "-db", "-f", str(directory / "haproxy.cfg")]


COMMANDS = {"nginx": nginx_command, "haproxy": haproxy_command}


@contextmanager
def running(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            yield
        finally:
            process.terminate()


def wait_ready(origin: str, trust: ssl.SSLContext, log: Path) -> None:
    """Until the proxy hands through what `/readyz` says; connecting is tried again, with growing pauses."""
    with httpx.Client(transport=httpx.HTTPTransport(verify=trust, retries=5)) as client:
        answer = client.get(f"https://{origin}/readyz")
    assert answer.status_code == 200, f"{answer.text} {log.read_text(encoding='utf-8')[-2000:]}"


@pytest.fixture(params=[(proxy, workers) for proxy in sorted(COMMANDS) for workers in ("1", "3")], ids="-".join)
def proxied(request: pytest.FixtureRequest, tmp_path: Path, certificate: Certificate) -> Iterator[Proxied]:
    proxy, workers = request.param
    need(proxy)
    (tmp_path / "data").mkdir()
    settings = {**WIDE, "BREAKOUT_TRUSTED_PROXIES": "127.0.0.1", "BREAKOUT_LOG_FORMAT": "json", "BREAKOUT_WORKERS": workers}
    server = start_server(tmp_path / "data" / "breakout.db", settings)
    origin, trust = f"localhost:{(port := free_port())}", ssl.create_default_context(cafile=str(certificate.chain))
    log = tmp_path / "proxy.log"
    try:
        with running(COMMANDS[proxy](tmp_path, port, server, certificate), log):
            wait_ready(origin, trust, log)
            yield Proxied(server, origin, trust)
    finally:
        server.process.kill()
        server.process.wait()
        for pipe in (server.process.stdin, server.process.stdout):
            assert pipe is not None
            pipe.close()


def test_websocket_passes_through_the_proxy_after_requests_on_the_same_connections(proxied: Proxied) -> None:
    with httpx.Client(base_url=f"https://{proxied.origin}", verify=proxied.trust) as client:
        for _ in range(5):
            assert client.get("/healthz").json() == {"status": "alive"}
        assert "<html" in client.get("/").text
        with proxied.websocket(token("ann", "OWNER")) as socket_:
            assert socket_.subprotocol == "breakout.v1"
            assert json.loads(socket_.recv())["event"] == "breakout.session.state"
            socket_.send(json.dumps({"event": "breakout.room.create", "id": "1", "data": {"name": "Behind a proxy"}}))
            while (frame := json.loads(socket_.recv()))["event"] != "reply":
                pass
            assert frame["data"]["room"]["name"] == "Behind a proxy"
        assert client.get("/healthz").status_code == 200


def test_proxy_publishes_nothing_of_operators_and_says_that_tls_is_to_stay(proxied: Proxied) -> None:
    operator = {"Authorization": f"Bearer {token('otto', permissions=['breakout:operate'])}"}
    shut = ("/api/admin/actors", "/metrics", "/api//admin/actors", "/api/%61dmin/actors", "/api/./admin/actors", "/%6detrics")
    with httpx.Client(base_url=f"https://{proxied.origin}", verify=proxied.trust, headers=operator) as client:
        assert {path: client.get(path).status_code for path in shut} == dict.fromkeys(shut, 404)
        assert client.get("/").headers["strict-transport-security"] == "max-age=31536000"
    assert httpx.get(f"{proxied.server.url}/metrics").status_code == 200


def test_clients_own_address_arrives_and_a_forged_one_is_not_believed(proxied: Proxied) -> None:
    with proxied.websocket(token("ann"), {"X-Forwarded-For": "203.0.113.66"}) as socket_:
        socket_.recv()
        assert proxied.client_addresses() == [CLIENT]


def test_draining_server_closes_with_1012_through_the_proxy(proxied: Proxied) -> None:
    with proxied.websocket(token("ann")) as socket_:
        socket_.recv()
        proxied.server.process.terminate()
        with pytest.raises(ConnectionClosed) as closed:
            deque(iter(socket_.recv, None), maxlen=0)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
    assert proxied.server.process.wait(10) == 0
