"""TLS on the server's own port, for installations without a proxy in front."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from gateway.settings import Settings
from gateway.start_refused import StartRefused

log = structlog.get_logger(__name__)


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """What connections are encrypted with; None where no certificate is set. TLS 1.2 and 1.3, HTTP/1.1 only.

    Raises:
        StartRefused: A file cannot be read, or the key is not the certificate's.
    """
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    _load(context, settings.tls_certificate, settings.tls_key)
    return context


async def renew_at_signal(signals: AsyncIterator[int], settings: Settings, context: ssl.SSLContext | None) -> None:
    """Read certificate and key again at each signal; open connections keep theirs. Files that are not good change nothing."""
    async for _ in signals:
        if context is None or settings.tls_certificate is None or settings.tls_key is None:
            log.info("nothing to read again", why="there is no tls_certificate, and other settings are read at the start")
            continue
        try:
            tls_context(settings)  # one that fails half way would leave the context with a certificate and no key
            _load(context, settings.tls_certificate, settings.tls_key)
        except StartRefused as refused:
            log.error("certificate not read again", why=str(refused))  # noqa: TRY400 - a traceback says nothing more
        else:
            log.info("certificate read again", certificate=str(settings.tls_certificate))


def _load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Raises: StartRefused: A file cannot be read, or the key is not the certificate's."""
    for name, path in (("tls_certificate", certificate), ("tls_key", key)):
        try:
            path.open("rb").close()  # the library does not say which one it was
        except OSError as error:
            raise StartRefused(f"cannot read {name} {path}: {error.strerror}") from None
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        raise StartRefused(
            f"tls_certificate {certificate} and tls_key {key} are not a certificate and its key, "
            f"in PEM and without a password ({error.reason})"
        ) from None


def _no_password() -> str:
    """A server that asks at the terminal would never start."""
    return ""
