"""`breakout demo`: people to look at."""

import os
from pathlib import Path

import click

from gateway.cli_options import config_option, db_option, url_option


@click.command()
@click.option("--people", metavar="N", type=click.IntRange(1, 500), default=40, show_default=True, help="How many come.")
@click.option("--session", metavar="S", default="demo", show_default=True, help="The session they come to.")
@url_option
@click.option("--pace", metavar="X", type=click.FloatRange(0.1, 100), default=1.0, show_default=True, help="Times faster.")
@click.option("--seconds", metavar="N", type=click.FloatRange(min=0.1), help="End by itself.  [default: Ctrl-C ends it]")
@click.option("--seed", metavar="N", type=int, default=1, show_default=True, help="The same seed, the same whims.")
@db_option
@config_option
def demo(db: Path | None, config: Path | None, **plan: object) -> None:
    """Fill a session with simulated people who join, talk, ask for help and leave.

    A host comes with them who opens rooms where there are none. They come back when the server was away.
    """
    from gateway.demo import DemoPlan, demo_key_missing, run_demo
    from gateway.settings_source import load_settings
    from gateway.signing_key import key_path, signing_key

    settings = load_settings(config, os.environ, {"db": db})
    key = signing_key(settings, beside_database=True)
    if key is None:
        raise demo_key_missing(key_path(settings.db))
    click.echo(f"{plan['people']} people come to {plan['session']!r}; Ctrl-C sends them home.")
    try:
        run_demo(DemoPlan(**plan), settings, key)  # type: ignore[arg-type]
    except KeyboardInterrupt:
        click.echo("They have gone home.")
