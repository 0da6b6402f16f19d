"""`breakout token`: somebody to try the server with."""

import os
import time
from pathlib import Path

import click

from gateway.cli_options import config_option, db_option


@click.command()
@click.option("--user", "user_id", metavar="ID", required=True, help="User id.")
@click.option("--role", "roles", metavar="ROLE", multiple=True, help="OWNER, ADMIN and MODERATOR are staff. Repeatable.")
@click.option("--permission", "permissions", metavar="P", multiple=True, help="Besides the roles', e.g. breakout:operate.")
@click.option("--session", "sessions", metavar="S", multiple=True, help="Good for this session only. Repeatable.")
@click.option("--given-name", metavar="G", help="First name.")
@click.option("--family-name", metavar="F", help="Last name.")
@click.option("--event", "event_id", metavar="E", help="The event that the session belongs to.")
@click.option("--expires", "lifetime_seconds", metavar="SECONDS", type=int, help="Lifetime.  [default: 12 hours]")
@db_option
@config_option
def token(lifetime_seconds: int | None, db: Path | None, config: Path | None, **person: object) -> None:
    """Print a token, signed with the server's key.

    The key is the one of the settings, or the one that `breakout serve --dev` made beside the database.
    """
    from gateway.settings_source import load_settings
    from gateway.signing_key import key_path, signing_key
    from gateway.start_refused import StartRefused
    from gateway.token_issue import DEFAULT_LIFETIME_SECONDS, Person, issue_token

    settings = load_settings(config, os.environ, {"db": db})
    key = signing_key(settings, beside_database=True)
    if key is None:
        raise StartRefused(
            f"there is no key to sign with: {key_path(settings.db)} is missing; "
            "start `breakout serve --dev` once, name the database with --db, or set BREAKOUT_HMAC_KEY_FILE"
        )
    lifetime = DEFAULT_LIFETIME_SECONDS if lifetime_seconds is None else lifetime_seconds
    click.echo(issue_token(Person(**person), settings, key, now=time.time(), lifetime_seconds=lifetime))  # type: ignore[arg-type]
