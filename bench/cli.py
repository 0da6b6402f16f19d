"""The command line: `breakout-bench list` and `breakout-bench run`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bench.contender import PEERS
from bench.knobs import KnobRefused
from bench.node import NodeMissing
from bench.result import ResultUnreadable

EXIT_MISSED = 1
"""A bar was missed, something was lost, or the figures could not be published."""

KNOBS = (
    click.option("--sessions", type=int, help="Virtual sessions that share the rooms."),
    click.option("--rooms", type=int, help="Rooms altogether."),
    click.option("--people", type=int, help="Connections altogether."),
    click.option("--per-room", type=int, help="People in each room, instead of --people."),
    click.option("--seconds", type=float, help="Length of the measured part."),
    click.option("--rate", type=float, help="Operations a second, in open loops."),
    click.option("--window", type=int, help="Operations under way at once, in closed loops."),
    click.option("--beats", type=int, help="Ticks a second of every timer."),
    click.option("--rounds", type=int, help="How often something short is done again."),
)


class BenchRefused(click.ClickException):
    """One line, and nothing was begun."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(f"breakout-bench: {self.format_message()}", err=True, file=file)


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (KnobRefused, NodeMissing, ResultUnreadable) as refused:
            raise BenchRefused(str(refused)) from None


def knobs(command: Any) -> Any:
    """Give a command every knob."""
    for option in reversed(KNOBS):
        command = option(command)
    return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Load for Breakout: scenarios, peers under the same load, honest figures."""


@main.command(name="list")
def list_scenarios() -> None:
    """Say what there is to run."""
    from bench.scenarios import SCENARIOS

    width = max(map(len, SCENARIOS))
    for scenario in SCENARIOS.values():
        click.echo(f"{scenario.name:<{width}}  {scenario.summary}")
        for bar in scenario.bars:
            click.echo(f"{'':<{width}}    must show: {bar.text}")


@main.command()
@click.argument("name", metavar="SCENARIO")
@knobs
@click.option("--peer", "peers", multiple=True, type=click.Choice(PEERS), help="Also under the same load; may be repeated.")
@click.option("--repeat", type=click.IntRange(1, 50), default=1, show_default=True, help="Runs of each, in turns; medians count.")
@click.option("--generators", "processes", type=click.IntRange(1, 16), default=1, show_default=True, help="Processes to make load.")
@click.option("--realtime", is_flag=True, help="Run before all other work of the machine (SCHED_RR); root only.")
@click.option("--kill9", is_flag=True, help="durable: kill the server --rounds times and look for losses; with a control.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Where to keep the result.")
def run(name: str, peers: Sequence[str], json_path: Path | None, **options: Any) -> None:
    """Run a scenario, on a server that is started for it."""
    from bench.run import run_command

    found = run_command(name, peers, options)
    from bench.publish import publish

    sys.exit(EXIT_MISSED if publish(found, json_path) else 0)
