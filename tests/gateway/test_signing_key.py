"""Where the secret comes from, and when it is not used."""

import os
import stat
from pathlib import Path

import pytest

from gateway.settings import Settings
from gateway.signing_key import KeyRefused, checking_keys, key_path, signing_key

SECRET = "s" * 40


@pytest.fixture
def db(tmp_path):
    return tmp_path / "data" / "breakout.db"


def put(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_key_stands_beside_the_database(db):
    assert key_path(db) == db.parent / "breakout.db.key"


def test_key_of_development_is_made_once_and_readable_by_its_owner_only(db):
    first = signing_key(Settings(db=db, dev=True))
    assert first is not None
    assert len(first) >= 32
    assert stat.S_IMODE(key_path(db).stat().st_mode) == 0o600
    assert signing_key(Settings(db=db, dev=True)) == first


def test_key_of_development_is_private_whatever_the_umask(db):
    before = os.umask(0)
    try:
        signing_key(Settings(db=db, dev=True))
    finally:
        os.umask(before)
    assert stat.S_IMODE(key_path(db).stat().st_mode) == 0o600


def test_keys_of_two_databases_differ(tmp_path):
    assert signing_key(Settings(db=tmp_path / "a.db", dev=True)) != signing_key(Settings(db=tmp_path / "b.db", dev=True))


def test_key_beside_the_database_is_not_used_without_development(db):
    put(key_path(db), SECRET.encode())
    assert signing_key(Settings(db=db)) is None


def test_key_beside_the_database_is_used_when_asked_for(db):
    put(key_path(db), SECRET.encode())
    assert signing_key(Settings(db=db), beside_database=True) == SECRET.encode()


def test_no_key_is_made_when_only_an_existing_one_is_asked_for(db):
    assert signing_key(Settings(db=db), beside_database=True) is None
    assert not db.parent.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666])
def test_key_beside_the_database_is_refused_when_others_have_access(db, mode):
    put(key_path(db), SECRET.encode(), mode)
    with pytest.raises(KeyRefused, match="chmod 600"):
        signing_key(Settings(db=db, dev=True))


@pytest.mark.parametrize("content", [b"", b"short\n", b" " * 64])
def test_key_beside_the_database_is_refused_when_it_is_too_short(db, content):
    put(key_path(db), content)
    with pytest.raises(KeyRefused, match="at least 32 bytes"):
        signing_key(Settings(db=db, dev=True))


def test_key_is_refused_when_its_directory_cannot_be_made(tmp_path):
    put(tmp_path / "data", b"a file")
    with pytest.raises(KeyRefused, match="cannot make the signing key"):
        signing_key(Settings(db=tmp_path / "data" / "breakout.db", dev=True))


def test_configured_secret_wins_over_development(db):
    assert signing_key(Settings(db=db, dev=True, hmac_key=SECRET)) == SECRET.encode()
    assert not key_path(db).exists()


def test_secret_is_read_from_a_file_without_the_white_space_around_it(tmp_path):
    path = put(tmp_path / "key", f" {SECRET}\n".encode(), 0o644)
    assert signing_key(Settings(hmac_key_file=path)) == SECRET.encode()


@pytest.mark.parametrize(
    ("name", "reason"),
    [("short", "at least 32 bytes, and has 5"), ("none", "cannot read"), ("", "cannot read")],
)
def test_secret_file_is_refused_when_it_is_short_missing_or_a_directory(tmp_path, name, reason):
    put(tmp_path / "short", b"short")
    with pytest.raises(KeyRefused, match=reason):
        signing_key(Settings(hmac_key_file=tmp_path / name))


def test_tokens_are_checked_with_the_previous_secret_too(db):
    settings = Settings(db=db, hmac_key=SECRET, previous_hmac_key="p" * 40)
    assert checking_keys(settings) == (SECRET.encode(), b"p" * 40)


def test_previous_secret_may_stand_in_a_file(db, tmp_path):
    path = put(tmp_path / "before", b"p" * 40 + b"\n")
    assert checking_keys(Settings(db=db, hmac_key=SECRET, previous_hmac_key_file=path)) == (SECRET.encode(), b"p" * 40)
    path.unlink()
    with pytest.raises(KeyRefused, match="cannot read"):
        checking_keys(Settings(db=db, hmac_key=SECRET, previous_hmac_key_file=path))


def test_checking_is_refused_when_there_is_no_key_at_all(db):
    with pytest.raises(KeyRefused, match="no key to check tokens with"):
        checking_keys(Settings(db=db))


def test_checking_needs_no_secret_when_keys_are_published(db):
    assert checking_keys(Settings(db=db, jwks_url="https://id.example.com/keys")) == ()
