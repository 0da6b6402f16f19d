"""What operators ask of a running server: `breakout rooms`, `sessions`, `drain`, `backup`, `evict`, `readmit`, `audit` and more."""

import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from gateway.cli_operator import operator_command, print_json, print_table, say

if TYPE_CHECKING:
    from gateway.admin_client import AdminClient

SESSIONS_PER_PAGE = 1_000


SHOWN_TARGET = 64
"""As long as an id may be."""


@operator_command("rooms")
@click.option("--session", metavar="S", help="Of this session alone.")
def rooms(client: "AdminClient", session: str | None, as_json: bool) -> None:
    """List the rooms of the sessions in memory, with their actors; a session that is named comes into memory."""
    tree = client.get("actors", session=session)
    _say_missing(tree)
    found = [room for each in tree["sessions"] for room in each["rooms"]]
    if as_json:
        print_json(found)
        return
    columns = ("ROOM", "SESSION", "NAME", "STATUS", "ACTOR", "PEOPLE", "HERE", "LEFT", "MAILBOX", "PEAK", "RESTARTS", "UP")
    print_table(columns, [_room_row(room) for room in found])


@operator_command("sessions")
@click.option("--all", "asleep_too", is_flag=True, help="Also those that sleep, as of their last snapshot.")
def sessions(client: "AdminClient", asleep_too: bool, as_json: bool) -> None:
    """List the sessions in memory; those without people and timers sleep on the disk (--all), and lose nothing by it."""
    if asleep_too:
        _print_all(client, as_json=as_json)
        return
    tree = client.get("actors")
    _say_missing(tree)
    found = tree["sessions"]
    if as_json:
        print_json([{name: value for name, value in each.items() if name != "rooms"} for each in found])
        return
    columns = ("SESSION", "STATE", "LOADS", "CONNECTIONS", "PEOPLE", "SEATS", "ROOMS", "OPEN", "WAITING", "MAILBOX")
    print_table(columns, [_session_row(each) for each in found])


def _print_all(client: "AdminClient", *, as_json: bool) -> None:
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = client.get("sessions", after=after, limit=SESSIONS_PER_PAGE)
        found += page["sessions"]
        after = page["after"]
    if as_json:
        print_json(found)
        return
    print_table(("SESSION", "WHERE", "USERS", "ROOMS", "OPEN"), [_outline_row(each) for each in found])


@operator_command("drain")
def drain(client: "AdminClient", as_json: bool) -> None:
    """Stop the server in order: everything is committed, clients are told to reconnect, it exits with 0."""
    answer = client.post("drain")
    say(answer, "draining", as_json=as_json)


@operator_command("backup")
@click.argument("file")
def backup(client: "AdminClient", file: str, as_json: bool) -> None:
    """Have the server write a whole copy of its database to FILE, within its `backup_directory`; it never replaces a file."""
    from attrs import evolve

    from gateway.admin_client import BACKUP_SECONDS

    answer = evolve(client, patience_seconds=BACKUP_SECONDS).post("backup", {"path": file})
    say(answer, f"{answer['path']}  {answer['bytes']:,} bytes", as_json=as_json)


@operator_command("evict")
@click.argument("session")
@click.argument("user")
def evict(client: "AdminClient", session: str, user: str, as_json: bool) -> None:
    """Put USER out of SESSION: closed with 4002 within a second, and kept out until readmitted."""
    from gateway.admin_client import part

    answer = client.post(f"sessions/{part(session)}/evict", {"userId": user})
    who = user if answer["known"] else f"{user}, who has not been there yet,"
    again = shlex.join(["breakout", "readmit", session, user])
    say(answer, f"{who} is out of {session}; let them in again with: {again}", as_json=as_json)


@operator_command("readmit")
@click.argument("session")
@click.argument("user")
def readmit(client: "AdminClient", session: str, user: str, as_json: bool) -> None:
    """Let USER into SESSION again."""
    from gateway.admin_client import part

    answer = client.post(f"sessions/{part(session)}/readmit", {"userId": user})
    say(answer, f"{user} may come into {session} again", as_json=as_json)


@operator_command("audit")
@click.option("--session", metavar="S", help="From this session's journal.  [default: all that was done or refused]")
@click.option("--limit", metavar="N", type=click.IntRange(1, 1_000), default=100, show_default=True, help="The last N.")
@click.option("--before", metavar="B", type=click.IntRange(1), help="Go on where an earlier page ended.")
def audit(client: "AdminClient", session: str | None, limit: int, before: int | None, as_json: bool) -> None:
    """Show what operators did, newest first."""
    found = client.get("audit", session=session, limit=limit, before=before)
    if as_json:
        print_json(found)
        return
    columns = ("WHEN (UTC)", "OPERATOR", "ACTION", "TARGET", "OUTCOME")
    acts = found["acts"]
    print_table(columns, [(when(a["at"]), _id(a["operator"]), a["action"], _short(a["target"]), a["outcome"]) for a in acts])
    for number in found.get("missing", ()):
        click.echo(f"what was done to sessions of worker {number} since the start is missing; it does not answer", err=True)
    if found["before"] is not None:
        click.echo(f"there may be more: --before {found['before']}", err=True)


@operator_command("log-level")
@click.argument("level", required=False, type=click.Choice(["debug", "info", "warning", "error"]))
def log_level(client: "AdminClient", level: str | None, as_json: bool) -> None:
    """Show the least that is logged, or set it until the server stops."""
    answer = client.get("log-level") if level is None else client.put("log-level", {"level": level})
    say(answer, answer["level"], as_json=as_json)


def _say_missing(tree: dict[str, Any]) -> None:
    """On stderr, so that a program's JSON stays whole and nobody takes what is left for all there is."""
    from gateway.top_model import silent_workers

    for line in silent_workers(tree["server"]):
        click.echo(f"breakout: {line}", err=True)


def _room_row(room: dict[str, Any]) -> tuple[object, ...]:
    mailbox = room["mailbox"] or {"depth": 0, "highWater": 0}
    left = None if room["timer"] is None else f"{room['timer']['remainingSeconds']} s"
    people = f"{room['people']}/{room['maxParticipants']}"
    return (
        room["id"], room["sessionId"], room["name"], room["status"], room["actor"], people, room["connected"], left,
        mailbox["depth"], mailbox["highWater"], room["restarts"], _duration(room["uptimeSeconds"]),
    )  # fmt: skip


def _session_row(each: dict[str, Any]) -> tuple[object, ...]:
    open_rooms = sum(room["status"] != "CLOSED" for room in each["rooms"])
    depth = each["mailbox"]["depth"] if each["mailbox"] else 0
    return (
        each["id"], each["state"], each["loads"], each["connections"], each["people"], each["seats"], len(each["rooms"]),
        open_rooms, each["waitingSteps"], depth,
    )  # fmt: skip


def _outline_row(each: dict[str, Any]) -> tuple[object, ...]:
    where = "memory" if each["inMemory"] else "asleep"
    return each["id"], where, each["users"], each["rooms"], each["openRooms"]


def _duration(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _short(target: str) -> str:
    """Some attempts have long ones; --json has all of them."""
    return target if len(target) <= SHOWN_TARGET else f"{target[: SHOWN_TARGET - 3]}..."


def when(at: int) -> str:
    """An instant for people, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _id(user: dict[str, str] | None) -> str | None:
    return None if user is None else user["id"]
