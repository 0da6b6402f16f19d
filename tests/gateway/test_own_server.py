"""How programs on the server's own machine reach it: where, and whom they trust there."""

from pathlib import Path

import httpx
import pytest
import trio
from click.testing import CliRunner

from gateway.cli import main
from gateway.own_server import own_trust, own_url
from gateway.settings import Settings
from gateway.start_refused import StartRefused
from tests.drills.harness import SECRET, ServerProcess, served
from tests.fakes.certificate import Certificate, make_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (Settings(port=80), "http://127.0.0.1:80"),
        (Settings(host="0.0.0.0", port=80), "http://127.0.0.1:80"),
        (Settings(host="::", port=80), "http://[::1]:80"),
        (Settings(host="::1", port=80), "http://[::1]:80"),
        (Settings(admin_listen="127.0.0.1:81"), "http://127.0.0.1:81"),
        (Settings(admin_listen="unix:/run/a.sock"), "unix:/run/a.sock"),
    ],
)
def test_server_is_found_by_its_settings(settings: Settings, url: str) -> None:
    assert own_url(settings) == url
    assert own_trust(settings) is None


def variables(certificate: Certificate) -> dict[str, str]:
    return {"BREAKOUT_TLS_CERTIFICATE": str(certificate.chain), "BREAKOUT_TLS_KEY": str(certificate.key)}


def run(server: ServerProcess, certificate: Certificate, *args: str) -> int:
    env = {**variables(certificate), "BREAKOUT_HMAC_KEY": SECRET, "BREAKOUT_PORT": str(server.address[1])}
    return CliRunner().invoke(main, args, env=env).exit_code


async def test_commands_reach_a_server_with_tls_and_no_other_certificate_will_do(tmp_path: Path, certificate: Certificate) -> None:
    other = make_certificate(tmp_path)
    async with served(tmp_path / "data" / "breakout.db", {**variables(certificate), "BREAKOUT_DEV": "true"}) as server:
        for args, codes in ((("sessions",), (0, 2)), (("health",), (0, 1)), (("health", "--ready"), (0, 1))):
            good = await trio.to_thread.run_sync(run, server, certificate, *args)
            bad = await trio.to_thread.run_sync(run, server, other, *args)
            assert (args, (good, bad)) == (args, codes)


def test_certificate_that_cannot_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    wrong = tmp_path / "chain.pem"
    for content in (None, "no certificate"):
        if content is not None:
            wrong.write_text(content, encoding="utf-8")
        with pytest.raises(StartRefused, match=r"tls_certificate .* cannot be read"):
            own_trust(Settings(tls_certificate=wrong, tls_key=wrong))


async def test_own_certificate_is_trusted_whatever_name_the_server_is_reached_by(tmp_path: Path, certificate: Certificate) -> None:
    trust = own_trust(Settings(tls_certificate=certificate.chain, tls_key=certificate.key))
    assert trust is not None
    assert not trust.check_hostname
    async with served(tmp_path / "breakout.db", variables(certificate)) as server, httpx.AsyncClient(verify=trust) as client:
        assert (await client.get(f"{server.url}/healthz")).status_code == 200
