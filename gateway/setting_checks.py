"""Checks of settings that are addresses, origins or secrets."""

from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

MIN_SECRET_BYTES = 32
"""HS256 gives the strength of its key up to 256 bits; RFC 7518 section 3.2 forbids shorter keys."""


UNIX = "unix:"
"""Begins an address that is the path of a socket."""

MAX_SOCKET_PATH_BYTES = 107
"""What Linux takes (unix(7)), less the zero at the end."""


def secret(value: str) -> str | None:
    """Says nothing of the value but its length."""
    length = len(value.encode("utf-8", "surrogateescape"))
    if length < MIN_SECRET_BYTES:
        return f"must have at least {MIN_SECRET_BYTES} bytes, and has {length}; try: openssl rand -base64 48"
    return None


def network(value: str) -> str | None:
    try:
        ip_network(value, strict=False)
    except ValueError:
        return f"must have addresses or networks like 10.0.0.0/8, not {value!r}"
    return None


def origin(value: str) -> str | None:
    """Scheme, host and optional port as browsers send them; no path, and no pattern."""
    parts = _split(value)
    if parts is None or value != f"{parts.scheme}://{parts.netloc}" or parts.scheme not in ("http", "https"):
        return f"must have origins like https://app.example.com, not {value!r}"
    if not parts.hostname or "*" in value or "@" in value or value != value.lower():
        return f"must have origins in lower case without user or pattern, not {value!r}"
    return None


def admin_address(value: str) -> str | None:
    """An address with its port, or `unix:` and the path of a socket."""
    if value.startswith(UNIX):
        path = value.removeprefix(UNIX)
        good = path.startswith("/") and len(path.encode()) <= MAX_SOCKET_PATH_BYTES
        return None if good else f"must have an absolute path of at most {MAX_SOCKET_PATH_BYTES} bytes behind unix:"
    parts = _split(f"//{value}")
    if parts is None or not parts.hostname or parts.port is None or parts.netloc != value or "@" in value:
        return f"must be like 127.0.0.1:8766 or unix:/run/breakout/admin.sock, not {value!r}"
    return None


def key_url(value: str) -> str | None:
    """Keys that come over plain HTTP could be anybody's, except from this machine."""
    parts = _split(value)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return f"must be a URL like https://id.example.com/jwks.json, not {value!r}"
    if parts.scheme == "http" and not _loopback(parts.hostname):
        return "must begin with https:// unless it is on this machine"
    return None


def _split(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
