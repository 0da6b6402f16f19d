"""What the operators' commands share: options, exit codes, and output for people or programs."""

import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli_options import config_option, db_option

if TYPE_CHECKING:
    from gateway.admin_client import AdminClient

EXIT_CODES = """\b
Exit codes:
  0  done
  1  the server refused; stderr says why
  2  nothing was asked: a wrong option, no token, or no server
  3  no answer in time; what was asked may still take effect: see breakout audit
"""

OPTIONS = (
    click.option("--url", metavar="URL", envvar="BREAKOUT_URL", help="http(s)://... or unix:/path.  [default: from the settings]"),
    click.option("--token", metavar="T", envvar="BREAKOUT_TOKEN", help="A JWT, or @FILE.  [default: the server's key makes one]"),
    db_option,
    config_option,
)
"""Of every command that asks a server."""

JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print what the server answers, as JSON.")


def operator_command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """A command that is given `client` (an `AdminClient`) and `as_json` besides its own arguments; exit codes as `EXIT_CODES`."""

    def decorate(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def run(
            url: str | None, token: str | None, db: Path | None, config: Path | None, **arguments: Any
        ) -> None:
            from gateway.admin_client import ServerRefused

            try:
                function(make_client(url, token, db, config), **arguments)
            except ServerRefused as refused:
                click.echo(f"breakout: {refused}", err=True)
                sys.exit(1)

        command: Any = run
        for option in reversed((*OPTIONS, JSON_OPTION)):
            command = option(command)
        made: click.Command = click.command(name, epilog=EXIT_CODES)(command)
        return made

    return decorate


def make_client(url: str | None, token: str | None, db: Path | None, config: Path | None) -> "AdminClient":
    """The server that the options name. Raises: StartRefused: The settings are wrong, or there is neither token nor key."""
    from gateway.admin_client import AdminClient, own_token
    from gateway.cli_connect import read_token
    from gateway.own_server import own_trust, own_url
    from gateway.settings_source import load_settings

    settings = load_settings(config, os.environ, {"db": db})
    made = own_token(settings) if token is None else functools.partial(str, read_token(token))
    return AdminClient(url, made) if url else AdminClient(own_url(settings), made, own_trust(settings))


def print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def say(answer: object, sentence: str, *, as_json: bool) -> None:
    """That it is done: the server's answer for programs, a sentence for people."""
    if as_json:
        print_json(answer)
    else:
        click.echo(sentence)


def print_table(columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Columns that line up, numbers to the right; nothing but the heads where there are no rows."""
    texts = [[_text(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(columns, *texts, strict=True)]
    right = [all(isinstance(row[n], int | float) for row in rows) for n in range(len(columns))] if rows else []
    for line in ([*columns], *texts):
        cells = [
            cell.rjust(width) if right and right[n] else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())


def _text(cell: object) -> str:
    """Control characters in names must not move the cursor."""
    return "-" if cell is None else "".join(c if c.isprintable() else "?" for c in str(cell))
