"""`breakout connect`: a device at the terminal."""

import re
import sys
from pathlib import Path
from typing import BinaryIO

import click

from gateway.cli_options import url_option
from gateway.start_refused import StartRefused


@click.command()
@click.argument("session")
@click.option("--token", metavar="T", envvar="BREAKOUT_TOKEN", help="A JWT, or @FILE; or set BREAKOUT_TOKEN.")
@url_option
@click.option("--send", metavar="FILE", help="Play the lines of FILE (- is stdin), wait for each reply, and end.")
def connect(session: str, token: str | None, url: str, send: str | None) -> None:
    """Join SESSION, show what arrives, and send what you type.

    A line is an event and its data, `room.create {"name": "Group 1"}`; "breakout." before the event may be left out.
    Empty lines and lines that begin with # are skipped. With --send it exits with 0 if every command succeeded and with 1
    if one was refused. It exits with 2 where the connection cannot be made or the server ends it.
    """
    from gateway.terminal_client import Target
    from gateway.terminal_conversation import converse
    from gateway.terminal_input import read_lines
    from gateway.terminal_view import TerminalView

    target = Target(url, session, read_token(token))
    view = TerminalView()
    if send is None or send == "-":
        sys.exit(converse(target, read_lines(sys.stdin.fileno()), view, script=send is not None))
    with _script(send) as file:
        sys.exit(converse(target, read_lines(file.fileno()), view, script=True))


def read_token(given: str | None) -> str:
    """The token itself; @FILE keeps it out of the list of processes, as the environment does."""
    if not given:
        raise StartRefused("a token is needed: --token T, --token @FILE, or BREAKOUT_TOKEN; make one with `breakout token`")
    token = _read(given[1:]) if given.startswith("@") else given.strip()
    if not re.fullmatch(r"[A-Za-z0-9_=-]+(\.[A-Za-z0-9_=-]*){2}", token):
        raise StartRefused("the token is not a JWT; make one with `breakout token`")
    return token


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise StartRefused(f"cannot read the token from {path}: {reason}") from None


def _script(path: str) -> BinaryIO:
    try:
        return Path(path).open("rb", buffering=0)
    except OSError as error:
        raise StartRefused(f"cannot read {path}: {error.strerror}") from None
