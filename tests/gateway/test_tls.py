"""TLS on the server's own port, with sockets and clients that are not ours."""

import json
import ssl
from functools import partial
from pathlib import Path

import httpx
import pytest
import trio
import trio.testing
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from gateway.setting import SettingRefused
from gateway.settings import Settings
from gateway.start_refused import StartRefused
from gateway.tls import renew_at_signal, tls_context
from tests.drills.harness import WIDE, served, token
from tests.fakes.certificate import Certificate, make_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def converse(url: str, trust: ssl.SSLContext) -> list[str]:
    """Make a room, write so much that it takes many records, and leave; the events that came."""
    headers = {"Authorization": f"Bearer {token('ann', 'OWNER')}"}
    events = []
    with connect(url, ssl=trust, subprotocols=["breakout.v1"], additional_headers=headers) as socket:  # type: ignore[list-item]
        events.append(json.loads(socket.recv())["event"])
        for number in range(20):
            rooms = [{"name": f"Room {number}-{n} {'x' * 60}"} for n in range(5)]
            socket.send(json.dumps({"event": "breakout.rooms.create", "id": str(number), "data": {"rooms": rooms}}))
        while (frame := json.loads(socket.recv()))["event"] != "reply" or frame["id"] != "19":
            events.append(frame["event"])
        assert frame["success"]
    return events


def wait_closed(url: str, trust: ssl.SSLContext, connected: trio.Event, trio_token: trio.lowlevel.TrioToken) -> int:
    """Connect and stay until the server closes; the code."""
    headers = {"Authorization": f"Bearer {token('ben')}"}
    with connect(url, ssl=trust, subprotocols=["breakout.v1"], additional_headers=headers) as socket:  # type: ignore[list-item]
        socket.recv()
        trio_token.run_sync_soon(connected.set)
        try:
            while True:
                socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else 1006


async def test_http_and_websockets_are_served_over_tls_until_the_drain(tmp_path: Path, certificate: Certificate) -> None:
    settings = {**WIDE, "BREAKOUT_TLS_CERTIFICATE": str(certificate.chain), "BREAKOUT_TLS_KEY": str(certificate.key)}
    trust = ssl.create_default_context(cafile=str(certificate.chain))
    async with served(tmp_path / "breakout.db", settings) as server:
        assert server.url.startswith("https://127.0.0.1:")
        url = f"{server.url.replace('https', 'wss')}/ws/s1"
        async with httpx.AsyncClient(verify=trust) as client:
            assert (await client.get(f"{server.url}/readyz")).json()["status"] == "serving"
        events = await trio.to_thread.run_sync(partial(converse, url, trust))
        assert events[0] == "breakout.session.state"
        assert "breakout.room.created" in events
        codes: list[int] = []
        connected = trio.Event()

        async def stay() -> None:
            wait = partial(wait_closed, url, trust, connected, trio.lowlevel.current_trio_token())
            codes.append(await trio.to_thread.run_sync(wait))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(stay)
            await connected.wait()
            assert await server.stop() == 0
        assert codes == [1012]
        assert server.complaints() == []


async def test_client_that_does_not_speak_tls_is_let_go_and_others_are_served(tmp_path: Path, certificate: Certificate) -> None:
    settings = {"BREAKOUT_TLS_CERTIFICATE": str(certificate.chain), "BREAKOUT_TLS_KEY": str(certificate.key)}
    async with served(tmp_path / "breakout.db", settings) as server:
        for sent in (b"GET / HTTP/1.1\r\nHost: test\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b""):
            stream = await trio.open_tcp_stream(*server.address)
            async with stream:
                if sent:
                    await stream.send_all(sent)
                else:
                    await stream.send_eof()
                with trio.fail_after(2):
                    while await stream.receive_some():
                        pass
        trust = ssl.create_default_context(cafile=str(certificate.chain))
        async with httpx.AsyncClient(verify=trust) as client:
            assert (await client.get(f"{server.url}/healthz")).status_code == 200
        assert server.complaints() == []


async def shown(context: ssl.SSLContext) -> bytes | None:
    """The certificate with which a client is met."""
    ours, theirs = trio.testing.memory_stream_pair()
    client, server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trio.SSLStream(theirs, context, server_side=True)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    visitor = trio.SSLStream(ours, client)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.do_handshake)
        await visitor.do_handshake()
    found: bytes | None = visitor.getpeercert(binary_form=True)
    return found


async def test_certificate_is_renewed_at_a_signal_and_kept_where_the_new_one_is_not_good(tmp_path: Path) -> None:
    before, after = (make_certificate(tmp_path / name) for name in ("before", "after"))
    settings = Settings(tls_certificate=tmp_path / "cert.pem", tls_key=tmp_path / "key.pem")
    (tmp_path / "cert.pem").write_bytes(before.chain.read_bytes())
    (tmp_path / "key.pem").write_bytes(before.key.read_bytes())
    context = tls_context(settings)
    assert context is not None
    sender, signals = trio.open_memory_channel[int](0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(renew_at_signal, signals, settings, context)
        first = await shown(context)
        for renewed in ("cert.pem", "key.pem"):
            source = after.chain if renewed == "cert.pem" else after.key
            (tmp_path / renewed).write_bytes(source.read_bytes())
            await sender.send(1)
            await trio.testing.wait_all_tasks_blocked()
            assert (await shown(context) == first) is (renewed == "cert.pem")
        nursery.cancel_scope.cancel()


def test_certificate_that_cannot_be_used_is_refused_in_a_sentence(tmp_path: Path, certificate: Certificate) -> None:
    other = make_certificate(tmp_path)
    with pytest.raises(StartRefused, match="are not a certificate and its key"):
        tls_context(Settings(tls_certificate=certificate.chain, tls_key=other.key))
    with pytest.raises(StartRefused, match=r"cannot read tls_key .*missing\.pem"):
        tls_context(Settings(tls_certificate=certificate.chain, tls_key=tmp_path / "missing.pem"))
    with pytest.raises(StartRefused, match=r"cannot read tls_certificate .*missing\.pem"):
        tls_context(Settings(tls_certificate=tmp_path / "missing.pem", tls_key=certificate.key))
    with pytest.raises(SettingRefused, match="set without tls_key"):
        Settings(tls_certificate=certificate.chain)
    assert tls_context(Settings()) is None
