"""TLS on the server's own port, for installations without a proxy in front."""

import ssl

from gateway.settings import Settings
from gateway.start_refused import StartRefused


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """What connections are encrypted with; None where no certificate is set. TLS 1.2 and 1.3, HTTP/1.1 only.

    The files are read once: a renewed certificate needs a restart.

    Raises:
        StartRefused: A file cannot be read, or the key is not the certificate's.
    """
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key, password=_no_password)
    except ssl.SSLError as error:
        raise StartRefused(
            f"tls_certificate {settings.tls_certificate} and tls_key {settings.tls_key} are not a certificate and its key, "
            f"in PEM and without a password ({error.reason})"
        ) from None
    except OSError as error:
        raise StartRefused(f"cannot read tls_certificate or tls_key: {error.strerror}; see {settings.tls_key}") from None
    return context


def _no_password() -> str:
    """A server that asks at the terminal would never start."""
    return ""
