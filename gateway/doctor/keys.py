"""What the server knows people and itself by: secrets, published keys, its certificate."""

import datetime as dt
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import trio
from attrs import evolve
from cryptography import x509

from gateway.doctor.finding import DOUBTFUL, GOOD, WRONG, Finding
from gateway.jwks import published_keys
from gateway.setting_checks import MIN_SECRET_BYTES
from gateway.settings import Settings
from gateway.signing_key import KeyRefused, checking_keys, key_path, signing_key
from gateway.start_refused import StartRefused
from gateway.tls import tls_context

NEW_KEY: Final = "openssl rand -base64 48 > FILE; chmod 600 FILE"

FEW_DAYS: Final = 14
"""Certificates for 90 days are renewed when 30 are left; two weeks without that are a failure of it."""


def look_at_key(settings: Settings) -> Iterator[Finding]:
    beside = key_path(settings.db)
    if settings.dev and settings.hmac_key_file is None and settings.hmac_key is None and not beside.exists():
        yield Finding("key", GOOD, f"{beside} will be made at the first start")
        return
    settings = evolve(settings, dev=False)  # whatever is there, none is made
    try:
        if settings.hmac_key_file is None and settings.hmac_key is None and signing_key(settings, beside_database=True):
            yield Finding("key", GOOD, f"the key of development, {beside}")
            return
        keys = checking_keys(settings)
    except StartRefused as refused:
        yield Finding("key", WRONG, str(refused), _key_todo(settings))
        return
    published = settings.jwks_url or settings.jwks_file
    known = ["a secret", "the one before it"][: len(keys)] + ([f"public keys of {published}"] if published else [])
    yield Finding("key", GOOD, ", ".join(known))
    if settings.hmac_key is not None:
        yield Finding("key", DOUBTFUL, "the secret stands in the environment or the settings", "put it into a file: hmac_key_file")
    for path in filter(None, (settings.hmac_key_file, settings.previous_hmac_key_file)):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding("key", DOUBTFUL, f"{path} is open to other users", f"chmod 600 {path}")


def _key_todo(settings: Settings) -> str:
    """A new key turns everybody away who has a token of the old one: it is advised only where there is none."""
    for path in filter(None, (settings.hmac_key_file, settings.previous_hmac_key_file)):
        if not path.exists():
            return f"correct the path, or bring the file back; a new key ends every token there is. For the first time: {NEW_KEY}"
        if not os.access(path, os.R_OK):
            return "look as root or as the server's user; if it is, correct owner and mode of the file"
        if path.stat().st_size < MIN_SECRET_BYTES:
            return f"bring the right file back; a new key ends every token there is. For the first time: {NEW_KEY}"
    return f"for a new installation make one: {NEW_KEY}; and set hmac_key_file"


def look_at_published_keys(settings: Settings) -> Iterator[Finding]:
    published = published_keys(settings)
    if published is None:
        return
    place = settings.jwks_url or settings.jwks_file
    try:
        trio.run(published.load)
    except KeyRefused as refused:
        todo = "tokens of the provider are refused until it answers" if settings.jwks_url else "the server does not start without"
        yield Finding("jwks", WRONG, str(refused), f"{todo}; correct the setting, or what is between")
    else:
        yield Finding("jwks", GOOD, f"{place} can be read")


def look_at_certificate(settings: Settings) -> Iterator[Finding]:
    if settings.tls_certificate is None:
        return
    try:
        tls_context(settings)
    except StartRefused as refused:
        yield Finding("certificate", WRONG, str(refused), "the server does not start; correct the setting or the file")
        return
    days = _days_left(settings.tls_certificate)
    what = f"{settings.tls_certificate}: {days} days left"
    todo = "renew it, then: systemctl reload breakout, or kill -HUP PID"
    if days < 0:
        yield Finding("certificate", WRONG, f"{settings.tls_certificate} ended {-days} days ago", todo)
    elif days < FEW_DAYS:
        yield Finding("certificate", DOUBTFUL, what, todo)
    else:
        yield Finding("certificate", GOOD, what)


def _days_left(certificate: Path) -> int:
    """Negative once it has ended. The first of the file, which is the server's own."""
    until = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    return (until - dt.datetime.now(dt.UTC)).days
