"""`breakout top`: the rooms, live."""

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from gateway.cli_operator import operator_command, print_json

if TYPE_CHECKING:
    from gateway.admin_client import AdminClient

WIDE = 1_000
"""Columns where there is no terminal to fit: whatever reads it then gets all of it."""

PAUSE = click.FloatRange(0.2, 3600)


@operator_command("top")
@click.option("--interval", metavar="SECONDS", type=PAUSE, default=1.0, show_default=True, help="Between answers.")
@click.option("--once", is_flag=True, help="Print one picture and end, as without a terminal.")
def top(client: "AdminClient", interval: float, once: bool, as_json: bool) -> None:
    """Show the rooms by mailbox, restarts, people or lateness; r restarts the selected one.

    Keys: up and down (or k and j) select, r and then y restart, s orders by something else, q ends.
    """
    from attrs import evolve
    from rich.console import Console

    from gateway.admin_client import LOOK_SECONDS
    from gateway.keyboard import keys_at_once, read_key
    from gateway.top import show_live, show_once

    client = evolve(client, patience_seconds=LOOK_SECONDS)
    console = Console()
    if as_json:
        print_json(client.get("actors"))
    elif once or not (console.is_terminal and sys.stdin.isatty()):
        show_once(client, console if console.is_terminal else Console(width=WIDE))
    else:
        with keys_at_once(sys.stdin.fileno()):
            show_live(client, console, partial(read_key, sys.stdin.fileno()), interval)
