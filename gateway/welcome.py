"""What a newcomer is told when the server starts in development mode: whom to be, and a line to paste."""

import os
import sys
import time
from typing import Final

from gateway.settings import Settings
from gateway.signing_key import signing_key
from gateway.token_issue import DEFAULT_LIFETIME_SECONDS, Person, issue_token

DEMO_SESSION: Final = "demo"

DEMO_PEOPLE: Final = (
    ("organizer", Person(user_id="olga", roles=["MODERATOR"], given_name="Olga", family_name="Organizer")),
    ("attendee ", Person(user_id="ann", roles=["ATTENDEE"], given_name="Ann", family_name="Attendee")),
    ("attendee ", Person(user_id="ben", roles=["ATTENDEE"], given_name="Ben", family_name="Attendee")),
)


def welcome(settings: Settings, url: str) -> str:
    """The text, with fresh tokens for the demo session."""
    key = signing_key(settings, beside_database=True)
    if key is None:
        return "Tokens come from your identity provider.\n"
    tokens = [_token(person, settings, key) for _, person in DEMO_PEOPLE]
    lines = [f"  {what} {person.user_id:5} {token}" for (what, person), token in zip(DEMO_PEOPLE, tokens, strict=True)]
    socket_url = url.replace("http", "ws", 1)
    return "\n".join([
        "",
        f"The session is called {DEMO_SESSION!r}. Open {url}/ in a browser, or be one of these for the next 12 hours:",
        "",
        *lines,
        "",
        "Paste this into another terminal, then type   room.create {\"name\": \"Blue\"}   and see what arrives:",
        "",
        f"  .venv/bin/breakout connect {DEMO_SESSION} --url {socket_url} --token {tokens[0]}",
        "",
        "More tokens: breakout token --user ID --role MODERATOR. Ctrl-C stops the server; nothing is lost.",
        "",
    ])


def _token(person: Person, settings: Settings, key: bytes) -> str:
    return issue_token(person, settings, key, now=time.time(), lifetime_seconds=DEFAULT_LIFETIME_SECONDS)


def say(text: str) -> None:
    """Print for whoever started the server. That nobody reads it any more, as under `| head -1`, is no reason to end."""
    try:
        print(text, flush=True)  # noqa: T201 - what it is for
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
