"""`breakout revoke`, `reinstate` and `revoked`: who is shut out of the whole server."""

import shlex
from typing import TYPE_CHECKING

import click

from gateway.cli_admin import when
from gateway.cli_operator import operator_command, print_json, print_table, say

if TYPE_CHECKING:
    from gateway.admin_client import AdminClient


@operator_command("revoke")
@click.argument("user")
def revoke(client: "AdminClient", user: str, as_json: bool) -> None:
    """Shut USER out of every session: closed with 4002 within a second, and no token of theirs is taken until reinstated."""
    answer = client.post("users/revoke", {"userId": user})
    again = shlex.join(["breakout", "reinstate", user])
    say(answer, f"{user} is shut out of the whole server; let them in again with: {again}", as_json=as_json)


@operator_command("reinstate")
@click.argument("user")
def reinstate(client: "AdminClient", user: str, as_json: bool) -> None:
    """Take the tokens of USER again; sessions that they were evicted from stay closed to them."""
    answer = client.post("users/reinstate", {"userId": user})
    say(answer, f"{user} may come in again", as_json=as_json)


@operator_command("revoked")
def revoked(client: "AdminClient", as_json: bool) -> None:
    """List who is shut out of the whole server, newest first."""
    found = client.get("users/revoked")["revoked"]
    if as_json:
        print_json(found)
        return
    print_table(("USER", "SINCE (UTC)", "BY"), [(each["userId"], when(each["at"]), each["by"]["id"]) for each in found])
