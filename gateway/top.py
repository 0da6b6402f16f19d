"""The loop of `breakout top`: asks the server, shows what it says, and does what keys want."""

import time
from collections.abc import Callable
from functools import partial

from rich.console import Console
from rich.live import Live

from gateway.admin_client import AdminClient, ServerRefused, part
from gateway.start_refused import StartRefused
from gateway.top_model import TopModel
from gateway.top_view import top_view

ReadKey = Callable[[float], str | None]
"""Waits at most so many seconds for a key."""


def show_once(client: AdminClient, console: Console) -> None:
    """Print one picture. Raises: ServerRefused, StartRefused: There is none."""
    model = TopModel(partial(_restart, client))
    model.show(client.get("actors"))
    console.print(top_view(model, 10_000, console.width))


def show_live(client: AdminClient, console: Console, read_key: ReadKey, interval_seconds: float) -> None:
    """Show the server until q is pressed; an answer that fails to come is said, and asked for again.

    Raises:
        ServerRefused, StartRefused: The first answer did not come.
    """
    model = TopModel(partial(_restart, client))
    model.show(client.get("actors"))
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while not model.over:
            live.update(top_view(model, console.height, console.width), refresh=True)
            if not _keys_until(model, read_key, time.monotonic() + interval_seconds):
                _refresh(model, client)


def _keys_until(model: TopModel, read_key: ReadKey, deadline: float) -> bool:
    """Whether a key was pressed before the deadline; it has had its effect."""
    key = read_key(max(0.0, deadline - time.monotonic()))
    if key is not None:
        model.press(key)
    return key is not None


def _refresh(model: TopModel, client: AdminClient) -> None:
    try:
        model.show(client.get("actors"))
    except (ServerRefused, StartRefused) as refused:
        model.message = str(refused)


def _restart(client: AdminClient, room_id: str) -> str:
    """What came of it, in words."""
    try:
        client.post(f"rooms/{part(room_id)}/restart")
    except (ServerRefused, StartRefused) as refused:
        return str(refused)
    return f"{room_id} is restarted"
