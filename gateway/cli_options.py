"""Options that several commands share: where the server's settings and its database are."""

from pathlib import Path as FilePath
from typing import Final

import click
from click import Path

ANY_PATH: Final = Path(path_type=FilePath, readable=False)
"""Click itself would end at a file that this user may not read, with the usage of the command and not what to do."""

config_option: Final = click.option(
    "--config", metavar="FILE", type=ANY_PATH, envvar="BREAKOUT_CONFIG", help="The server's settings; or set BREAKOUT_CONFIG."
)

db_option: Final = click.option("--db", metavar="PATH", type=ANY_PATH, help="The server's database, beside which its key is.")

url_option: Final = click.option(
    "--url", metavar="URL", envvar="BREAKOUT_URL", default="ws://127.0.0.1:8765", show_default=True,
    help="The server; or set BREAKOUT_URL.",
)  # fmt: skip
"""Of those who come as people do."""
