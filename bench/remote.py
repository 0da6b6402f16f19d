"""A server that runs somewhere and is put under load from here.

Nothing can be seen of its process: CPU, memory and the loop's lateness are left out of the figures. Only this machine and names
that nobody owns in public are loaded without a promise that the server is one's own. What a run makes there - sessions with
names of its own, and rooms in them - it closes at its end.
"""

import ipaddress
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from bench.knobs import KnobRefused
from bench.process import Usage
from bench.target import Address
from bench.token import SignedTokens, Tokens
from bench.token_file import token_file

TEST_SUFFIXES = (".localhost", ".test")
"""Names that are reserved for this machine and for tests (RFC 2606). Names of private networks are other people's machines."""

LEAST_KEY_BYTES = 32


@frozen(eq=False)
class Remote:
    """Implements `bench.target.Server` for a server that is not ours to start, stop or look into."""

    address: Address
    tokens: Tokens
    db: Path | None = None

    @property
    def usage(self) -> Usage:
        return Usage(0.0, 0)

    @property
    def open_files(self) -> int:
        return 0

    def ask(self, line: str) -> dict[str, Any]:
        """There is nobody to ask: `stats` knows nothing, and everything else is left out."""
        return {"lateness_ms": {}} if line == "stats" else {}

    def stop(self) -> None:
        """It goes on."""


@frozen
class Elsewhere:
    """The options about such a server, as they were given."""

    url: str | None = None
    key_file: Path | None = None
    tokens: Path | None = None
    owned: bool = False


def remote_target(given: Elsewhere) -> Remote | None:
    """The server that the options name; None where they name none.

    Raises:
        KnobRefused: No key and no tokens or both, no plain `http://HOST:PORT`, or a host that may belong to somebody else or
            has no IPv4 address.
    """
    if given.url is None:
        if given != Elsewhere():
            raise KnobRefused("--key-file, --tokens and --i-own-this-server are about a server that --url names")
        return None
    if (given.key_file is None) == (given.tokens is None):
        raise KnobRefused("--url needs --key-file, the secret that signs that server's tokens, or --tokens, a file of tokens")
    name, port = _host_and_port(given.url)
    if not given.owned and not harmless(name):
        raise KnobRefused(f"{name} is not this machine: load only your own servers, and say so with --i-own-this-server")
    tokens = _signed(given.key_file) if given.tokens is None else token_file(given.tokens)
    return Remote(Address(_number(name, port), port, name), tokens)


def harmless(host: str) -> bool:
    """Whether this host is this machine, or one of a name that nobody can own in public."""
    if host == "localhost" or host.endswith(TEST_SUFFIXES):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _number(name: str, port: int) -> str:
    """The host's first IPv4 address: every connection goes to the same one. Raises: KnobRefused: It has none."""
    try:
        found = socket.getaddrinfo(name, port, socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise KnobRefused(f"{name} has no IPv4 address, and the bench speaks no other: {error.strerror}") from None
    return str(found[0][4][0])


def _host_and_port(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 80
    except ValueError as error:
        raise KnobRefused(f"--url {url}: {error}") from None
    if parts.scheme not in ("http", "ws") or host is None or parts.path not in ("", "/") or parts.query:
        raise KnobRefused("--url must be http://HOST:PORT; TLS is ended by a proxy, which would be what is measured")
    return host, port


def _signed(path: Path | None) -> SignedTokens:
    assert path is not None
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise KnobRefused(f"cannot read {path}: {error.strerror}") from None
    if len(key) < LEAST_KEY_BYTES:
        raise KnobRefused(f"{path} has {len(key)} bytes: a key has at least {LEAST_KEY_BYTES}")
    return SignedTokens(key)

