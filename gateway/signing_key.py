"""The secret that signs and checks tokens (HS256), and where it is kept.

An operator gives it by setting. With `--dev` it is made once and kept beside the database, `data/breakout.db.key`, readable
by its owner only, so that tokens outlive a restart and nobody has to think of a secret to try the server out.
"""

import os
import secrets
import stat
from pathlib import Path

from gateway.setting_checks import MIN_SECRET_BYTES
from gateway.settings import Settings
from gateway.start_refused import StartRefused

NEW_KEY_BYTES = 48
"""Half as much again as HS256 can use; as text it is 64 characters."""


class KeyRefused(StartRefused):
    """A key cannot be read, or must not be used."""


def signing_key(settings: Settings, *, beside_database: bool = False) -> bytes | None:
    """The present secret, or None where the settings name none.

    With `settings.dev` and no other secret, the key beside the database, which is made where there is none.

    Args:
        settings: Where the secret is.
        beside_database: Take an existing key beside the database without `dev` too: whoever can read it may sign.

    Raises:
        KeyRefused: It cannot be read or made, is too short, or others may read it.
    """
    if settings.hmac_key is not None:
        return settings.hmac_key.encode("utf-8", "surrogateescape")
    if settings.hmac_key_file is not None:
        return _long_enough(_read(settings.hmac_key_file), settings.hmac_key_file)
    path = key_path(settings.db)
    if settings.dev:
        _make_once(path)
        return _private_key(path)
    return _private_key(path) if beside_database and path.exists() else None


def checking_keys(settings: Settings) -> tuple[bytes, ...]:
    """The secrets that tokens may be signed with: the present one and, during a rotation, the one before.

    Raises:
        KeyRefused: As `signing_key` does; and where there is no way to check a token at all.
    """
    present = signing_key(settings)
    if present is None and settings.jwks_url is None and settings.jwks_file is None:
        raise KeyRefused(
            "no key to check tokens with: set BREAKOUT_HMAC_KEY_FILE, BREAKOUT_JWKS_URL or BREAKOUT_JWKS_FILE; or try --dev"
        )
    return tuple(key for key in (present, previous_key(settings)) if key is not None)


def previous_key(settings: Settings) -> bytes | None:
    """The secret before, or None where the settings name none. Raises: KeyRefused: It cannot be read, or is too short."""
    if settings.previous_hmac_key is not None:
        return settings.previous_hmac_key.encode("utf-8", "surrogateescape")
    path = settings.previous_hmac_key_file
    return None if path is None else _long_enough(_read(path), path)


def key_path(db: Path) -> Path:
    """Where the key of development stands."""
    return db.with_name(db.name + ".key")


def _make_once(path: Path) -> None:
    """Make the key, and the directory it shares with the database; one that is there already stays."""
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise KeyRefused(f"cannot make the signing key {path}: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_urlsafe(NEW_KEY_BYTES).encode("ascii") + b"\n")


def _private_key(path: Path) -> bytes:
    """The key at `path`, which nobody but its owner may read or write: whoever reads it can be anybody."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise KeyRefused(f"cannot read the signing key {path}: {error.strerror}") from None
    if stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyRefused(f"the signing key {path} is open to other users of this machine; run: chmod 600 {path}")
    return _long_enough(_read(path), path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise KeyRefused(f"cannot read the signing key {path}: {error.strerror}") from None


def _long_enough(key: bytes, path: Path) -> bytes:
    if len(key) < MIN_SECRET_BYTES:
        raise KeyRefused(f"the signing key {path} must have at least {MIN_SECRET_BYTES} bytes, and has {len(key)}")
    return key
