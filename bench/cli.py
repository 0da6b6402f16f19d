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


def results(command: Any) -> Any:
    """Give a command the options for what it leaves behind."""
    json_option = click.option("--json", "json_path", type=click.Path(path_type=Path), help="Where to keep the result.")
    html_option = click.option("--html", "html_path", type=click.Path(path_type=Path), help="Where to write the report.")
    return json_option(html_option(command))


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
@click.option("--url", help="A server that runs somewhere, instead of one that is started for this.")
@click.option("--key-file", type=click.Path(path_type=Path), help="File with the secret that signs that server's tokens.")
@click.option("--i-own-this-server", "owned", is_flag=True, help="Without it only this machine and private test hosts are loaded.")
@results
def run(name: str, peers: Sequence[str], json_path: Path | None, html_path: Path | None, **options: Any) -> None:
    """Run a scenario, on a server that is started for it or on one that runs."""
    from bench.run import run_command

    found = run_command(name, peers, options)
    from bench.publish import publish

    sys.exit(EXIT_MISSED if publish(found, json_path, html_path) else 0)


@main.command()
@click.option("--axis", "axes", multiple=True, type=click.Choice(("rooms", "people")), help="Only this one; both otherwise.")
@click.option("--realtime", is_flag=True, help="Run before all other work of the machine (SCHED_RR); root only.")
@results
def growth(axes: Sequence[str], json_path: Path | None, html_path: Path | None, *, realtime: bool) -> None:
    """Double rooms to 2,000 and people to 8,000: what one of them costs must stay the same."""
    from bench.run import growth_command

    found = growth_command(axes, realtime=realtime)
    from bench.publish import publish_growth

    publish_growth(found, json_path, html_path)
    sys.exit(0 if all(bar["met"] for bar in found["bars"]) else EXIT_MISSED)


@main.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
def compare(before: Path, after: Path) -> None:
    """Say what got better or worse between two results of one scenario; exits with 1 where something got worse."""
    from bench.compare import differences, worse
    from bench.publish import print_differences
    from bench.result import load

    found = differences(load(before), load(after))
    print_differences(found)
    sys.exit(EXIT_MISSED if worse(found) else 0)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--html", "html_path", type=click.Path(path_type=Path), default=Path("bench.html"), show_default=True)
def report(files: Sequence[Path], html_path: Path) -> None:
    """Put results into one page."""
    from bench.report import write_report
    from bench.result import load

    write_report([load(path) for path in files], html_path)
    click.echo(f"wrote {html_path}")
