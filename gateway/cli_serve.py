"""`breakout serve`: the server."""

import os
import sys
from pathlib import Path

import click

from gateway.cli_options import ANY_PATH, config_option


@click.command()
@click.option("--host", metavar="H", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", metavar="P", type=int, help="TCP port; 0 takes a free one.  [default: 8765]")
@click.option("--db", metavar="PATH", type=ANY_PATH, help="Database file.  [default: data/breakout.db]")
@click.option("--workers", metavar="N", type=int, help="Processes; from 2 on the database is a directory.  [default: 1]")
@click.option("--dev", is_flag=True, default=None, help="Make the database's directory and a signing key beside it.")
@config_option
def serve(config: Path | None, **options: object) -> None:
    """Start the server; SIGTERM and Ctrl-C stop it in order.

    Every setting may stand in the file or in the environment as BREAKOUT_NAME. Exits with 0 after a stop in order, with 2
    where a setting, a key, the port or the database is not as it must be, with 75 where another process has the port or the
    database at the moment.
    """
    from gateway.settings_source import load_settings
    from gateway.workers.files import is_spread

    settings = load_settings(config, os.environ, options)
    if settings.workers > 1 or is_spread(settings.db):
        from gateway.workers.front import run
    else:
        from gateway.server import run
    sys.exit(run(settings))
