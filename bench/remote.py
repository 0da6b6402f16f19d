"""A server that runs somewhere and is put under load from here.

Nothing can be seen of its process: CPU, memory and the loop's lateness are left out of the figures (they read 0). Only this machine
and names that nobody owns in public are loaded without a promise that the server is one's own.
"""

import ipaddress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from bench.knobs import KnobRefused
from bench.process import Usage
from bench.target import Address

TEST_SUFFIXES = (".localhost", ".test", ".local", ".internal")
"""Names that are reserved for tests and private networks (RFC 2606, 6762, 9476)."""


@frozen(eq=False)
class Remote:
    """Implements `bench.target.Server` for a server that is not ours to start, stop or look into."""

    address: Address
    key: bytes
    db: Path | None = None

    @property
    def usage(self) -> Usage:
        return Usage(0.0, 0)

    @property
    def open_files(self) -> int:
        return 0

    def ask(self, line: str) -> dict[str, Any]:
        """There is nobody to ask: `stats` knows nothing, and everything else is left out."""
        return {"lateness_ms": {}, "commits": 0} if line == "stats" else {}

    def stop(self) -> None:
        """It goes on."""


def remote_target(url: str | None, key_file: Path | None, *, owned: bool) -> Remote | None:
    """The server that the options name; None where they name none.

    Raises:
        KnobRefused: No key, no plain `http://HOST:PORT`, or a host that may belong to somebody else.
    """
    if url is None:
        return None
    if key_file is None:
        raise KnobRefused("--url needs --key-file, the secret that signs that server's tokens")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "ws") or parts.hostname is None:
        raise KnobRefused("--url must be http://HOST:PORT; TLS is ended by a proxy, which would be what is measured")
    if not owned and not harmless(parts.hostname):
        raise KnobRefused(f"{parts.hostname} is not this machine: load only your own servers, and say so with --i-own-this-server")
    try:
        key = key_file.read_bytes().strip()
    except OSError as error:
        raise KnobRefused(f"cannot read {key_file}: {error.strerror}") from None
    return Remote(Address(parts.hostname, parts.port or 80), key)


def harmless(host: str) -> bool:
    """Whether this host is this machine, or one of a name that nobody can own in public."""
    if host == "localhost" or host.endswith(TEST_SUFFIXES):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
