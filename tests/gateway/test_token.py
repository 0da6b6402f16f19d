"""Whose signature is believed, for which algorithm, and what hostile tokens cost."""

import base64
import contextlib
import hashlib
import hmac
import json
import socket
import time
from typing import Any

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from jwt.api_jws import PyJWS

from gateway.claims import TokenRefused
from gateway.jwks import MIN_REFRESH_SECONDS, PublishedKeys
from gateway.settings import Settings
from gateway.token import TokenVerifier, token_verifier
from tests.fakes.token_maker import NOW, SECRET, KeyMaker, jwks, make_token, segment

OTHER_SECRET = b"another secret, also longer than 32 bytes"
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]


@pytest.fixture(scope="module")
def keys():
    return KeyMaker()


class CountedFetch:
    def __init__(self, text):
        self.text = text
        self.calls = 0

    async def __call__(self):
        self.calls += 1
        return self.text


@pytest.fixture
def fetch(keys):
    return CountedFetch(jwks(*(keys.entry(algorithm) for algorithm in ALGORITHMS)))


@pytest.fixture
async def published(fetch):
    """The published keys, read once; nobody keeps them fresh."""
    published = PublishedKeys(fetch, "the test")
    await published.load()
    return published


@pytest.fixture
def provider(published):
    """A verifier that believes a secret and one published key per algorithm."""
    return TokenVerifier([SECRET], published)


def refused(verifier, token):
    with pytest.raises(TokenRefused) as refusal:
        verifier.verify(token, now=NOW)
    return refusal.value.reason


def test_token_is_believed_when_signed_with_the_secret():
    claims = TokenVerifier([SECRET]).verify(make_token({"given_name": "Ada"}), now=NOW)
    assert (claims.caller.user.id, claims.caller.user.first_name) == ("ada", "Ada")


def test_token_is_believed_when_signed_with_the_previous_secret():
    verifier = TokenVerifier([SECRET, OTHER_SECRET])
    assert verifier.verify(make_token(key=OTHER_SECRET), now=NOW).caller.user.id == "ada"


def test_token_is_refused_when_signed_with_another_secret():
    assert "not signed" in refused(TokenVerifier([SECRET]), make_token(key=OTHER_SECRET))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_token_is_believed_when_signed_with_a_published_key(provider, keys, algorithm):
    token = make_token(key=keys.private(algorithm), algorithm=algorithm, kid=algorithm)
    assert provider.verify(token, now=NOW).caller.user.id == "ada"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_token_is_refused_when_its_key_is_used_under_the_id_of_another(provider, keys, algorithm):
    other = "ES256" if algorithm != "ES256" else "RS256"
    assert "not signed" in refused(provider, make_token(key=keys.private(algorithm), algorithm=algorithm, kid=other))


async def test_token_is_refused_when_an_impostor_signs_under_a_known_key_id(provider):
    impostor = KeyMaker()
    assert "not signed" in refused(provider, make_token(key=impostor.rsa, algorithm="RS256", kid="RS256"))


def test_token_is_refused_when_it_has_no_signature():
    for algorithm in ("none", "None", "NONE", "nOnE", ""):
        token = f"{segment({'alg': algorithm, 'typ': 'JWT'})}.{segment({'sub': 'ada', 'exp': NOW + 60})}."
        assert refused(TokenVerifier([SECRET]), token) == "the token's algorithm is not accepted"


def test_token_is_refused_when_its_signature_is_cut_off():
    head, payload, _ = make_token().split(".")
    assert "not signed" in refused(TokenVerifier([SECRET]), f"{head}.{payload}.")


async def test_token_is_refused_when_the_public_key_was_used_as_a_secret(provider, keys):
    """The text of a public key is public; PyJWT refuses to sign with it, so the signature is made by hand."""

    signing_input = f"{segment({'alg': 'HS256', 'kid': 'RS256'})}.{segment({'sub': 'ada', 'exp': NOW + 60})}"
    digest = hmac.new(keys.pem(), signing_input.encode(), hashlib.sha256).digest()
    token = f"{signing_input}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
    assert "not signed" in refused(provider, token)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512", "RS384", "ES512", "dir", "HS256 "])
async def test_token_is_refused_when_its_algorithm_is_none_of_ours(provider, algorithm):
    token = f"{segment({'alg': algorithm})}.{segment({'sub': 'ada', 'exp': NOW + 60})}.AAAA"
    assert refused(provider, token) == "the token's algorithm is not accepted"


async def test_token_that_brings_its_own_key_is_refused_and_the_place_it_names_is_never_asked(
    provider, published, fetch, nursery, autojump_clock
):
    impostor = KeyMaker()
    nursery.start_soon(published.keep_fresh)
    with socket.create_server(("127.0.0.1", 0)) as place:
        place.setblocking(False)
        url = f"http://127.0.0.1:{place.getsockname()[1]}/keys"
        brought: dict[str, Any] = {"jku": url, "x5u": url, "jwk": impostor.entry("RS256"), "x5c": ["AAAA"]}
        for kid in ("RS256", "mine", url):
            token = make_token(key=impostor.rsa, algorithm="RS256", kid=kid, **brought)
            assert "not signed" in refused(provider, token)
            await trio.sleep(MIN_REFRESH_SECONDS)
            assert "not signed" in refused(provider, token)
        with pytest.raises(BlockingIOError):
            place.accept()
    assert fetch.calls > 1  # from the place that is configured


async def test_unknown_key_id_has_the_configured_place_read_once_a_minute_at_most(
    provider, published, fetch, nursery, autojump_clock
):
    nursery.start_soon(published.keep_fresh)
    token = make_token(key=KeyMaker().rsa, algorithm="RS256", kid="unknown")
    for _ in range(290):
        assert refused(provider, token) == "the token is not signed by a key of this server"
        await trio.sleep(1)
    assert fetch.calls == 1 + 290 // MIN_REFRESH_SECONDS


def test_published_algorithm_is_refused_when_only_secrets_are_configured(keys):
    assert "not signed" in refused(TokenVerifier([SECRET]), make_token(key=keys.rsa, algorithm="RS256", kid="RS256"))


def test_token_is_refused_when_a_header_is_critical_that_nobody_knows():
    assert "extension" in refused(TokenVerifier([SECRET]), make_token(crit=["exp2"], exp2=1))


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": NOW - 1}, "expired"),
        ({"exp": None}, "no exp"),
        ({"nbf": NOW + 31}, "not valid yet"),
        ({"iss": "https://else.example"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"aud": "else"}, "another audience"),
        ({"aud": ["else", "other"]}, "another audience"),
        ({"aud": None}, "another audience"),
        ({"aud": {"breakout": 1}}, "another audience"),
        ({"iss": ["https://id.example"]}, "another issuer"),
    ],
)
def test_token_is_refused_when_it_is_not_for_us_or_not_for_now(claims, reason):
    verifier = TokenVerifier([SECRET], issuer="https://id.example", audience="breakout")
    good = {"iss": "https://id.example", "aud": ["else", "breakout"]}
    assert verifier.verify(make_token(good), now=NOW).caller.user.id == "ada"
    assert reason in refused(verifier, make_signed({**good, **claims}))


def make_signed(claims):
    """PyJWT's own checks of `iss` and `aud` on encoding are gone round by signing the bytes."""


    payload = {"sub": "ada", "exp": NOW + 60, **claims}
    return PyJWS().encode(json.dumps({k: v for k, v in payload.items() if v is not None}).encode(), SECRET, "HS256")


HOSTILE = {
    "empty": "",
    "two segments": "a.b",
    "1 MB": "a" * 1_000_000,
    "1 MB signed": make_token({"given_name": "x" * 1_000_000}),
    "10,000 segments": "a." * 10_000,
    "3,000 short segments": "a." * 3_000,
    "not ASCII": "é.é.é",
    "not UTF-8": "\udcff.a.b",
    "not base64": "!.!.!",
    "header no JSON": f"{segment(b'{')}.e30.AAAA",
    "header a list": f"{segment([])}.e30.AAAA",
    "header deep": f"{segment(b'[' * 5000)}.e30.AAAA",
    "header not UTF-8": f"{segment(bytes([0xFF, 0xFE]))}.e30.AAAA",
    "algorithm a list": f"{segment({'alg': ['HS256']})}.e30.AAAA",
    "no algorithm": f"{segment({'typ': 'JWT'})}.e30.AAAA",
    "key id a number": f"{segment({'alg': 'RS256', 'kid': 7})}.e30.AAAA",
    "key id an object": f"{segment({'alg': 'RS256', 'kid': {}})}.e30.AAAA",
    "b64 off": f"{segment({'alg': 'HS256', 'b64': False, 'crit': ['b64']})}..AAAA",
}


@pytest.mark.parametrize("token", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_token_is_refused_in_less_than_5_ms(provider, token):
    def seconds():
        began = time.perf_counter()
        refused(provider, token)
        return time.perf_counter() - began

    assert min(seconds() for _ in range(5)) < 0.005


PAYLOADS = {
    "no JSON": b"{",
    "a list": b"[]",
    "null": b"null",
    "deep": b"[" * 5000,
    "deep inside": b'{"sub":' + b"[" * 5000,
    "not UTF-8": b'{"sub":"\xff"}',
    "sub a number": b'{"sub":7,"exp":1790003600}',
    "lone surrogate": b'{"sub":"\\ud800","exp":1790003600}',
    "NaN": b'{"sub":"ada","exp":NaN}',
    "1e999": b'{"sub":"ada","exp":1e999}',
    "5,000 digits": b'{"sub":"ada","exp":' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_signed_token_is_refused_when_its_payload_is_hostile(payload):
    assert refused(TokenVerifier([SECRET]), PyJWS().encode(payload, SECRET, "HS256"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
CLAIM = st.sampled_from(["sub", "exp", "nbf", "iss", "aud", "roles", "permissions", "sessions", "given_name", "event_id"])


@given(st.dictionaries(CLAIM, JSON), st.dictionaries(st.sampled_from(["alg", "kid", "crit", "b64", "typ", "jwk"]), JSON))
def test_any_header_and_payload_are_refused_without_a_good_signature(payload, header):
    verifier = TokenVerifier([SECRET], audience="breakout")
    for head in (header, {**header, "alg": "HS256"}):
        assert refused(verifier, f"{segment(head)}.{segment(payload)}.AAAA")


@given(st.dictionaries(CLAIM, JSON))
def test_any_signed_payload_gives_claims_or_a_refusal(payload):
    claims = None
    with contextlib.suppress(TokenRefused):
        claims = TokenVerifier([SECRET]).verify(PyJWS().encode(json.dumps(payload).encode(), SECRET, "HS256"), now=NOW)
    assert claims is None or claims.caller.user.id == payload["sub"]


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=60))
def test_any_text_is_refused(text):
    assert refused(TokenVerifier([SECRET]), text)


def test_refusal_repeats_nothing_of_the_token():
    token = make_token({"sub": 7, "given_name": "Ada"})
    assert not any(part in refused(TokenVerifier([SECRET]), token) for part in (*token.split("."), "Ada"))


def test_verifier_is_made_as_the_settings_say(tmp_path, keys):
    path = tmp_path / "keys.json"
    path.write_bytes(jwks(keys.entry("ES256")))
    verifier = token_verifier(Settings(hmac_key=SECRET.decode(), jwks_file=path, token_issuer="me"))
    assert verifier.published is not None
    assert verifier.verify(make_token({"iss": "me"}), now=NOW).caller.user.id == "ada"
    assert "issuer" in refused(verifier, make_token())
