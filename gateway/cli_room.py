"""`breakout room show|restart|close`: one room."""

from typing import TYPE_CHECKING, Any

import click

from gateway.cli_operator import operator_command, print_json, print_table, say

if TYPE_CHECKING:
    from gateway.admin_client import AdminClient

SHOWN_ENTRIES = 10
"""Of the journal; --json has them all."""


@click.group()
def room() -> None:
    """Look at one room, restart it, or close it."""


@operator_command("show")
@click.argument("room_id")
def show(client: "AdminClient", room_id: str, as_json: bool) -> None:
    """Show everything about ROOM_ID but what people wrote in it."""
    from gateway.admin_client import part

    found = client.get(f"rooms/{part(room_id)}")
    if as_json:
        print_json(found)
        return
    for name, value in _facts(found):
        click.echo(f"{name:10}  {value}")
    click.echo()
    print_table(("USER", "ROLE", "CONNECTIONS", "SEATED BY"), [_seat_row(seat) for seat in found["seats"]])
    click.echo()
    print_table(("POSITION", "KIND", "CAUSE", "BY"), [_entry_row(entry) for entry in found["journal"][:SHOWN_ENTRIES]])


@operator_command("restart")
@click.argument("room_id")
def restart(client: "AdminClient", room_id: str, as_json: bool) -> None:
    """End the actor of ROOM_ID and start a fresh one from the store; its people keep their seats and their timer."""
    from gateway.admin_client import part

    answer = client.post(f"rooms/{part(room_id)}/restart")
    say(answer, f"{room_id} is restarted", as_json=as_json)


@operator_command("close")
@click.argument("room_id")
def close(client: "AdminClient", room_id: str, as_json: bool) -> None:
    """Close ROOM_ID at once; its people go back to the main session."""
    from gateway.admin_client import part

    answer = client.post(f"rooms/{part(room_id)}/close")
    say(answer, f"{room_id} is closed", as_json=as_json)


for command in (show, restart, close):
    room.add_command(command)


def _facts(found: dict[str, Any]) -> list[tuple[str, object]]:
    card, actor = found["room"], found["actor"]
    timer = card["timer"]
    facts = [
        ("room", f"{card['name']} ({card['id']})"),
        ("session", card["sessionId"]),
        ("status", card["status"]),
        ("people", f"{card['participantCount']} of {card['maxParticipants']}"),
        ("timer", "none" if timer is None else f"{timer['state']}, {timer['remainingSeconds']} s left"),
        ("revision", card["revision"]),
        ("messages", found["messages"]),
    ]
    if actor is None or actor["mailbox"] is None:
        return [*facts, ("actor", "not running" if actor is None else actor["actor"])]
    mailbox = actor["mailbox"]
    queue = f"{mailbox['depth']} waiting, {mailbox['highWater']} at the most, {mailbox['handled']} handled"
    return [
        *facts,
        ("actor", f"{actor['actor']} for {actor['uptimeSeconds']} s"),
        ("mailbox", f"{queue}, {mailbox['refused']} refused"),
        ("restarts", actor["restarts"]),
        ("failure", actor["lastFailure"] or "none"),
    ]


def _seat_row(seat: dict[str, Any]) -> tuple[object, ...]:
    return seat["user"]["id"], seat["role"], seat["connections"], seat["by"]


def _entry_row(entry: dict[str, Any]) -> tuple[object, ...]:
    return entry["position"], entry["kind"], entry["cause"], entry["by"]["id"] if entry["by"] else None
