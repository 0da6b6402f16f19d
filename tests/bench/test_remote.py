from pathlib import Path

import pytest

from bench.knobs import KnobRefused
from bench.remote import Elsewhere, harmless, remote_target
from bench.target import Address


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key"
    path.write_text("k" * 48 + "\n")
    return path


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "a.localhost", "load.test"])
def test_this_machine_and_names_for_tests_are_loaded_without_a_promise(host):
    assert harmless(host)


@pytest.mark.parametrize(
    "host",
    ["10.0.0.1", "192.168.1.2", "8.8.8.8", "example.com", "test", "box.local", "box.internal", "localhost.example.com", "0.0.0.0"],
)
def test_every_other_host_needs_the_promise(host, key_file):
    with pytest.raises(KnobRefused, match="--i-own-this-server"):
        remote_target(Elsewhere(url=f"http://{host}:80", key_file=key_file))


def test_promise_lets_any_host_be_loaded(key_file):
    found = remote_target(Elsewhere(url="http://10.0.0.1:80", key_file=key_file, owned=True))
    assert found is not None
    assert found.address == Address("10.0.0.1", 80, "10.0.0.1")


def test_host_without_an_ipv4_address_is_refused(key_file):
    with pytest.raises(KnobRefused, match="::1 has no IPv4 address"):
        remote_target(Elsewhere(url="http://[::1]:80", key_file=key_file))


@pytest.mark.parametrize(
    ("url", "because"),
    [
        ("https://127.0.0.1:1", "TLS is ended by a proxy"),
        ("127.0.0.1:80", "must be http://HOST:PORT"),
        ("http://", "must be http://HOST:PORT"),
        ("http://127.0.0.1:80/ws/demo", "must be http://HOST:PORT"),
        ("http://127.0.0.1:99999", "out of range"),
        ("http://127.0.0.1:x", "--url"),
    ],
)
def test_url_that_names_no_plain_server_is_refused(url, because, key_file):
    with pytest.raises(KnobRefused, match=because):
        remote_target(Elsewhere(url=url, key_file=key_file))


def test_key_and_port_are_taken_from_what_was_given(key_file):
    found = remote_target(Elsewhere(url="http://localhost", key_file=key_file))
    assert found is not None
    assert (found.address, found.tokens.key) == (Address("127.0.0.1", 80, "localhost"), b"k" * 48)


def test_url_needs_a_key_or_tokens_and_not_both(key_file):
    for given in (Elsewhere(url="http://localhost"), Elsewhere(url="http://localhost", key_file=key_file, tokens=key_file)):
        with pytest.raises(KnobRefused, match="--url needs --key-file"):
            remote_target(given)


@pytest.mark.parametrize("given", [Elsewhere(owned=True), Elsewhere(key_file=Path("k")), Elsewhere(tokens=Path("t"))])
def test_options_about_a_server_elsewhere_are_refused_without_its_url(given):
    with pytest.raises(KnobRefused, match="that --url names"):
        remote_target(given)


def test_nothing_given_is_no_server_elsewhere():
    assert remote_target(Elsewhere()) is None


def test_key_file_that_cannot_be_a_key_is_refused(tmp_path):
    (tmp_path / "short").write_text("k" * 31)
    for name, because in (("short", "31 bytes"), ("none", "cannot read")):
        with pytest.raises(KnobRefused, match=because):
            remote_target(Elsewhere(url="http://localhost", key_file=tmp_path / name))
