"""`breakout health`: whether the server on this machine is alive, for container managers and scripts."""

import http.client
import os
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
@config_option
@click.option("--ready", is_flag=True, help="Ask whether clients may be sent there, not only whether it lives.")
def health(config: Path | None, ready: bool) -> None:
    """Ask the server with these settings, on this machine, whether it is alive. Works with TLS; needs no token."""
    from attrs import evolve

    from gateway.own_server import own_trust, own_url
    from gateway.settings_source import load_settings

    settings = load_settings(config, os.environ, {})
    url = own_url(evolve(settings, admin_listen=None))
    problem = _problem(url, "/readyz" if ready else "/healthz", own_trust(settings))
    if problem is not None:
        click.echo(f"breakout: {problem}", err=True)
        sys.exit(1)


def _problem(url: str, path: str, trust: ssl.SSLContext | None) -> str | None:
    """What is wrong; None when the server answers that all is well."""
    where = urlsplit(url)
    assert where.hostname is not None
    host, port = where.hostname, where.port
    if trust is None:
        connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
    else:
        connection = http.client.HTTPSConnection(host, port, timeout=PATIENCE_SECONDS, context=trust)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read(1000).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return f"no answer from {url}: {error or type(error).__name__}"
    finally:
        connection.close()
    return None if answer.status == http.client.OK else f"{url}{path} answers {answer.status}: {text}"
