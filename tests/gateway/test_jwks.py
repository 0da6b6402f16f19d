"""Which published keys are believed, and when they are read again."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trio
import trio.testing
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from gateway.claims import KeysMissing
from gateway.jwks import (
    MAX_BYTES,
    MIN_REFRESH_SECONDS,
    REFRESH_SECONDS,
    RETRY_SECONDS,
    JwksStatistics,
    PublishedKeys,
    key_table,
    published_keys,
)
from gateway.settings import Settings
from gateway.signing_key import KeyRefused
from gateway.token import TokenVerifier
from tests.fakes.token_maker import NOW, SECRET, KeyMaker, jwks, make_token


@pytest.fixture(scope="module")
def keys():
    return KeyMaker()


class Provider:
    """Gives its entries, or fails while it is `down`; knows when it was asked."""

    def __init__(self, *entries):
        self.entries = entries
        self.down = False
        self.asked_at = []

    async def __call__(self):
        self.asked_at.append(trio.current_time())
        if self.down:
            raise OSError("no route to host")
        return jwks(*self.entries)


@pytest.fixture
def provider(keys):
    return Provider(keys.entry("RS256"))


@pytest.fixture
async def published(provider, nursery):
    published = PublishedKeys(provider, "the test")
    await published.load()
    nursery.start_soon(published.keep_fresh)
    return published


async def test_unknown_key_id_is_known_after_a_minute_when_the_provider_has_a_new_key(keys, provider, published, autojump_clock):
    provider.entries = (*provider.entries, keys.entry("ES256"))
    assert published.find("ES256", "ES256") is None
    await trio.sleep(MIN_REFRESH_SECONDS + 1)
    assert published.find("ES256", "ES256") is not None


async def test_unknown_key_id_is_read_for_at_once_when_the_last_read_is_long_ago(keys, provider, published, autojump_clock):
    await trio.sleep(MIN_REFRESH_SECONDS + 10)
    provider.entries = (keys.entry("ES256"),)
    assert published.find("ES256", "ES256") is None
    await trio.testing.wait_all_tasks_blocked()
    assert published.find("ES256", "ES256") is not None


async def test_keys_are_read_at_most_once_a_minute_whatever_is_asked_for(provider, published, autojump_clock):
    for number in range(2900):
        published.find("RS256", f"invented {number}")
        await trio.sleep(0.1)
    pauses = [later - earlier for earlier, later in zip(provider.asked_at, provider.asked_at[1:], strict=False)]
    assert len(provider.asked_at) == 1 + 290 // MIN_REFRESH_SECONDS
    assert min(pauses) >= MIN_REFRESH_SECONDS


async def test_keys_are_read_hourly_when_nobody_asks(provider, published, autojump_clock):
    await trio.sleep(REFRESH_SECONDS * 3 + 10)
    assert len(provider.asked_at) == 4


async def test_withdrawn_key_is_forgotten_within_the_hour(keys, provider, published, autojump_clock):
    provider.entries = (keys.entry("ES256"),)
    await trio.sleep(REFRESH_SECONDS + 1)
    assert published.find("RS256", "RS256") is None


async def test_keys_are_kept_while_the_provider_is_down(provider, published, autojump_clock):
    provider.down = True
    published.find("RS256", "unknown")
    await trio.sleep(MIN_REFRESH_SECONDS * 2)
    assert published.find("RS256", "RS256") is not None
    assert published.statistics == JwksStatistics(keys=1, reads=1, failures=1, age_seconds=MIN_REFRESH_SECONDS * 2)


async def test_provider_that_is_down_at_the_start_is_asked_until_it_answers(provider, nursery, autojump_clock):
    provider.down = True
    published = PublishedKeys(provider, "the test", patient=True)
    await published.begin()
    nursery.start_soon(published.keep_fresh)
    await trio.sleep(RETRY_SECONDS * 3 - 1)
    assert (published.known, published.statistics.failures) == (False, 3)
    provider.down = False
    await trio.sleep(2)
    assert published.known
    assert published.statistics.age_seconds == 1


async def test_token_of_a_provider_that_was_not_reached_yet_may_be_good(keys, provider):
    provider.down = True
    published = PublishedKeys(provider, "the test", patient=True)
    await published.begin()
    with pytest.raises(KeysMissing):
        TokenVerifier([SECRET], published).verify(make_token(key=keys.ec, algorithm="ES256", kid="ES256"), now=NOW)
    assert not TokenVerifier([SECRET], published).keys_known


async def test_loading_is_refused_when_the_provider_is_down(provider, autojump_clock):
    provider.down = True
    with pytest.raises(KeyRefused, match="cannot read keys from the test: no route to host"):
        await PublishedKeys(provider, "the test").load()


async def test_loading_is_refused_when_the_provider_does_not_answer(autojump_clock):
    with pytest.raises(KeyRefused, match="within 10 seconds"):
        await PublishedKeys(trio.sleep_forever, "the test").load()


async def test_token_without_key_id_is_checked_with_the_only_key(keys, provider, published, autojump_clock):
    assert published.find("RS256", None) is not None
    assert published.find("ES256", None) is None


async def test_token_without_key_id_is_checked_with_no_key_when_there_are_two(keys, autojump_clock):
    published = PublishedKeys(Provider(keys.entry("RS256"), keys.entry("RS256", kid="two")), "the test")
    await published.load()
    assert published.find("RS256", None) is None


def algorithms_of(*entries):
    return sorted(algorithm for algorithm, _ in key_table(jwks(*entries), "here"))


def test_rsa_key_serves_both_algorithms_when_it_names_none(keys):
    assert algorithms_of(keys.entry("RS256", alg=None)) == ["PS256", "RS256"]


def test_unfit_entries_are_left_out(keys):
    short = {**RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key(), as_dict=True), "kid": "short"}
    unfit = [
        short,
        {"kty": "oct", "k": "c2VjcmV0" * 8, "kid": "secret"},
        {"kty": "RSA", "kid": "broken"},
        {"kty": "RSA", "kid": "broken", "n": 5, "e": []},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"},
        {"kty": ["RSA"], "crv": "x"},
        {},
        keys.entry("RS256", use="enc"),
        keys.entry("RS256", alg="RS512"),
        keys.entry("RS256", alg="HS256"),
        keys.entry("ES256", d="AAAA"),
        keys.entry("ES256", crv=["P-256"]),
    ]
    assert algorithms_of(*unfit, keys.entry("EdDSA")) == ["EdDSA"]


@pytest.mark.parametrize(
    "text",
    [b"", b"<html>", b"[]", b"{}", b'{"keys": {}}', b'{"keys": []}', b'{"keys": [7, null]}', b"[" * 5000, b" " * (MAX_BYTES + 1)],
)
def test_document_is_refused_when_it_is_no_jwks_or_has_no_fit_key(text):
    with pytest.raises(KeyRefused):
        key_table(text, "here")


@contextmanager
def web_server(status, body, **headers):
    """A server on this machine that gives one answer to everybody; `paths` lists what it was asked for."""
    paths = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/keys", paths
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def loaded(url):
    published = published_keys(Settings(jwks_url=url))
    assert published is not None
    with trio.fail_after(5):
        await published.load()
    return published


async def test_keys_are_read_from_a_url(keys):
    with web_server(200, jwks(keys.entry("EdDSA"))) as (url, paths):
        published = await loaded(url)
    assert published.find("EdDSA", "EdDSA") is not None
    assert paths == ["/keys"]


@pytest.mark.parametrize(
    ("status", "body", "headers", "reason"),
    [
        (500, b"", {}, "it answered 500"),
        (302, b"", {"Location": "/elsewhere"}, "it answered 302"),
        (200, b" " * (MAX_BYTES * 2), {}, "larger than"),
        (200, b"<html>", {}, "is not a JWKS"),
    ],
)
async def test_url_is_refused_when_its_answer_is_no_jwks(status, body, headers, reason):
    with web_server(status, body, **headers) as (url, paths), pytest.raises(KeyRefused, match=reason):
        await loaded(url)
    assert paths == ["/keys"]


async def test_file_is_refused_when_it_is_missing(tmp_path):
    published = published_keys(Settings(jwks_file=tmp_path / "none.json"))
    assert published is not None
    with pytest.raises(KeyRefused, match=r"cannot read keys from .*none\.json"):
        await published.load()


def test_there_are_no_published_keys_when_the_settings_name_none():
    assert published_keys(Settings()) is None
