"""`breakout settings`: what can be set."""

import click


@click.command()
def settings() -> None:
    """Print every setting with default and reason, as TOML.

    The output is a file for `breakout serve --config FILE`, with everything commented out.
    """
    from gateway.settings_text import settings_toml

    click.echo(settings_toml(), nl=False)
