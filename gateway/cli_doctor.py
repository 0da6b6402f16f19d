"""`breakout doctor`: what is wrong with an installation."""

import os
import sys
from pathlib import Path

import click

from gateway.cli_operator import print_json
from gateway.cli_options import config_option, db_option

EPILOG = """\b
Exit codes:
  0  nothing is wrong; what is doubtful is said
  1  something is wrong: the server would not start, or not keep its promises
  2  the settings themselves are refused
"""

MARKS = {"good": "ok   ", "doubtful": "hmm  ", "wrong": "WRONG"}


@click.command(epilog=EPILOG)
@db_option
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(db: Path | None, config: Path | None, as_json: bool) -> None:
    """Look at settings, keys, certificate, database, disk, backups, port, clock and descriptors, as root or the server's user.

    A server may run meanwhile. Nothing is made or changed, but that of a database that no server has open, changes beside it
    are taken into it.
    """
    from attrs import asdict

    from gateway.doctor.examination import examine_installation
    from gateway.doctor.finding import WRONG
    from gateway.settings_source import load_settings

    findings = examine_installation(load_settings(config, os.environ, {"db": db}))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            click.echo(f"{MARKS[finding.state]}  {finding.subject:11}  {finding.what}")
            if finding.todo:
                click.echo(f"{'':20}-> {finding.todo}")
    sys.exit(1 if any(finding.state == WRONG for finding in findings) else 0)
