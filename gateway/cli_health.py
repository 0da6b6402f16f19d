"""`breakout health`: whether the server on this machine is alive, for container managers and scripts."""

import http.client
import os
import socket
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click

from gateway.cli_options import config_option

EPILOG = """\b
Exit codes:
  0  it is
  1  it is not, or nobody answers; stderr says why
  2  the settings are refused
"""

PATIENCE_SECONDS = 2.0
"""A loop that is so late is not well; container managers give the command three seconds."""


@click.command(epilog=EPILOG)
@click.option("--url", metavar="URL", envvar="BREAKOUT_URL", help="http(s)://... or unix:/path.  [default: from the settings]")
@config_option
@click.option("--ready", is_flag=True, help="Ask whether clients may be sent there, not only whether it lives.")
def health(url: str | None, config: Path | None, ready: bool) -> None:
    """Ask the server with these settings, on this machine, whether it is alive. Works with TLS; needs no token."""
    from attrs import evolve

    from gateway.own_server import own_trust, own_url
    from gateway.settings_source import load_settings

    settings = load_settings(config, os.environ, {})
    asked = url or own_url(evolve(settings, admin_listen=None))
    trust = own_trust(settings) if url is None else ssl.create_default_context()
    problem = _problem(asked, "/readyz" if ready else "/healthz", trust)
    if problem is not None:
        click.echo(f"breakout: {problem}", err=True)
        sys.exit(1)


def _problem(url: str, path: str, trust: ssl.SSLContext | None) -> str | None:
    """What is wrong; None when the server answers that all is well."""
    try:
        connection = _connection(url, trust)
    except ValueError:
        return f"{url} is no address: it looks like http://127.0.0.1:8765, https://breakout.example.com or unix:/path"
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read(1000).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return f"no answer from {url}: {error or type(error).__name__}"
    finally:
        connection.close()
    return None if answer.status == http.client.OK else f"{url}{path} answers {answer.status}: {text}"


def _connection(url: str, trust: ssl.SSLContext | None) -> http.client.HTTPConnection:
    """Not connected yet. Raises: ValueError: The URL is none."""
    where = urlsplit(url)
    if where.scheme == "unix":
        return _UnixConnection(where.path)
    if where.scheme not in ("http", "https") or where.hostname is None:
        raise ValueError(url)
    if where.scheme == "http":
        return http.client.HTTPConnection(where.hostname, where.port, timeout=PATIENCE_SECONDS)
    return http.client.HTTPSConnection(where.hostname, where.port, timeout=PATIENCE_SECONDS, context=trust)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("breakout", timeout=PATIENCE_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE_SECONDS)
        self.sock.connect(self._path)
