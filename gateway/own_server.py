"""How a program on the server's own machine finds the server, and knows by the certificate of its settings that it is the one."""

import ssl
from pathlib import Path
from typing import Final

from gateway.setting_checks import UNIX
from gateway.settings import Settings
from gateway.start_refused import StartRefused

ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 - an address to connect to
"""Where a server that listens on all addresses is reached on its own machine."""


def own_url(settings: Settings) -> str:
    """Where the server with these settings is reached by operators on its own machine."""
    if settings.admin_listen is not None:
        return settings.admin_listen if settings.admin_listen.startswith(UNIX) else f"http://{settings.admin_listen}"
    host = ANYWHERE.get(settings.host, f"[{settings.host}]" if ":" in settings.host else settings.host)
    scheme = "http" if settings.tls_certificate is None else "https"
    return f"{scheme}://{host}:{settings.port}"


def own_trust(settings: Settings) -> ssl.SSLContext | None:
    """Trusts the server's own certificate and no other, whatever name it is reached by; None where the server speaks no TLS.

    Raises:
        StartRefused: The certificate cannot be read.
    """
    return None if settings.tls_certificate is None else _trust_of(settings.tls_certificate)


def _trust_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # it is asked at 127.0.0.1, and its certificate is for its public name
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself is the anchor
    try:
        context.load_verify_locations(certificate)
    except OSError as error:  # SSLError is one
        raise StartRefused(f"tls_certificate {certificate} cannot be read: {error.strerror or error}") from None
    return context
