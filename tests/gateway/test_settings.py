"""Bounds of settings, and values that do not go together."""

import pytest
from attrs import fields

from gateway.setting import SettingRefused
from gateway.settings import Settings

SECRET = "s" * 32


def test_every_setting_has_a_help_text():
    short = [field.name for field in fields(Settings) if len(field.metadata["help"]) < 20]
    assert short == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", -1),
        ("port", 65_536),
        ("host", " "),
        ("max_connections", 0),
        ("workers", 0),
        ("workers", 65),
        ("restart_intensity", -1),
        ("log_level", "loud"),
        ("log_format", "xml"),
        ("hmac_key", "s" * 31),
        ("hmac_key", ""),
        ("previous_hmac_key", "é" * 15),
        ("token_issuer", ""),
        ("jwks_url", "ftp://id.example.com/keys"),
        ("jwks_url", "http://id.example.com/keys"),
        ("jwks_url", "https://"),
        ("jwks_url", "https://[::1"),
        ("trusted_proxies", ("10.0.0.0/8", "proxy")),
        ("allowed_origins", ("*",)),
        ("allowed_origins", ("https://*.example.com",)),
        ("allowed_origins", ("https://app.example.com/",)),
        ("allowed_origins", ("https://user@app.example.com",)),
        ("allowed_origins", ("https://APP.example.com",)),
        ("allowed_origins", ("https://app.example.com:notaport",)),
        ("allowed_origins", ("null",)),
        ("admin_listen", "8766"),
        ("admin_listen", "127.0.0.1"),
        ("admin_listen", "http://127.0.0.1:8766"),
        ("admin_listen", "127.0.0.1:8766/admin"),
        ("admin_listen", "unix:admin.sock"),
        ("admin_listen", "unix:/" + "x" * 107),
    ],
)
def test_setting_is_refused_by_name_when_out_of_bounds(name, value):
    with pytest.raises(SettingRefused) as refused:
        Settings(**{name: value})
    assert refused.value.name == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 0),
        ("port", 65_535),
        ("restart_intensity", 0),
        ("hmac_key", SECRET),
        ("hmac_key", "é" * 16),
        ("jwks_url", "http://127.0.0.1:9000/keys"),
        ("jwks_url", "http://localhost/keys"),
        ("jwks_url", "http://[::1]:9000/keys"),
        ("trusted_proxies", ("10.0.0.1", "fd00::/8")),
        ("allowed_origins", ("https://app.example.com", "http://localhost:5173")),
        ("admin_listen", "127.0.0.1:8766"),
        ("admin_listen", "[::1]:0"),
        ("admin_listen", "unix:/run/breakout/admin.sock"),
    ],
)
def test_setting_is_taken_at_its_bounds(name, value):
    assert getattr(Settings(**{name: value}), name) == value


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"hmac_key": SECRET, "hmac_key_file": "key"}, "hmac_key_file"),
        ({"jwks_url": "https://id.example.com/k", "jwks_file": "keys.json"}, "jwks_file"),
        ({"previous_hmac_key": SECRET}, "previous_hmac_key"),
        ({"previous_hmac_key_file": "k"}, "previous_hmac_key_file"),
        ({"hmac_key": SECRET, "previous_hmac_key": SECRET, "previous_hmac_key_file": "k"}, "previous_hmac_key_file"),
        ({"inbound_burst_bytes": 8192}, "inbound_burst_bytes"),
        ({"workers": 2, "tls_certificate": "cert.pem", "tls_key": "key.pem"}, "workers"),
    ],
)
def test_settings_are_refused_when_they_contradict_each_other(values, named):
    with pytest.raises(SettingRefused) as refused:
        Settings(**values)
    assert refused.value.name == named


def test_settings_do_not_show_secrets_when_printed():
    assert SECRET not in repr(Settings(hmac_key=SECRET, previous_hmac_key=SECRET))


def test_refusal_of_a_short_secret_does_not_contain_it():
    with pytest.raises(SettingRefused) as refused:
        Settings(hmac_key="swordfish")
    assert "swordfish" not in str(refused.value)
