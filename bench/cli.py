"""The command line: `breakout-bench list` and `breakout-bench run`."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bench.contender import PEERS
from bench.knobs import MAX_PEOPLE, KnobRefused, option
from bench.node import NodeMissing
from bench.unreadable import ResultUnreadable

EXIT_MISSED = 1
"""A bar was missed, something was lost, or the figures could not be published."""

EXIT_CODES = """\b
Exit codes: 0  all bars that could be compared were reached, nothing was lost
            1  a bar was missed or spoiled by its peer, something was lost, or a busy generator forbids to publish
            2  it could not be run; one line on stderr says why and what to do
"""

EXTRA = ("hdrh", "websockets")
"""Packages that only the bench needs."""

EXIT_STOPPED = 128 + signal.SIGTERM

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
    click.option("--grace", type=int, help="Seconds between a recall and the closing of the rooms."),
)


class BenchRefused(click.ClickException):
    """One line, and nothing was begun."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(f"breakout-bench: {self.format_message()}", err=True, file=file)


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_STOPPED))  # what was started is stopped on the way out
        try:
            return super().invoke(ctx)
        except (KnobRefused, NodeMissing, ResultUnreadable) as refused:
            raise BenchRefused(str(refused)) from None
        except ModuleNotFoundError as missing:
            package = str(missing.name).split(".")[0]
            if package not in EXTRA:
                raise
            raise BenchRefused(f"{package} is not installed; run: pip install 'breakout[bench]'") from None
        finally:
            signal.signal(signal.SIGTERM, before)


def knobs(command: Any) -> Any:
    """Give a command every knob."""
    for add in reversed(KNOBS):
        command = add(command)
    return command


def results(command: Any) -> Any:
    """Give a command the options for what it leaves behind."""
    where = "Where to keep the result; beside the report where only that is given."
    json_option = click.option("--json", "json_path", type=click.Path(path_type=Path), help=where)
    html_option = click.option("--html", "html_path", type=click.Path(path_type=Path), help="Where to write the report.")
    return json_option(html_option(command))


directory = click.option(
    "--directory",
    type=click.Path(path_type=Path, exists=True, file_okay=False, writable=True),
    help="Where databases are made and removed; that of temporary files otherwise. A tmpfs makes commits cost nothing.",
)


def elsewhere(command: Any) -> Any:
    """Give a command the options about a server that runs somewhere."""
    path = click.Path(path_type=Path)
    for one in (
        click.option("--i-own-this-server", "owned", is_flag=True, help="Without it only this machine and test names are loaded."),
        click.option("--tokens", type=path, help="Or a file of tokens, one a line: organizers' and attendees'."),
        click.option("--key-file", type=path, help="File with the secret that signs that server's tokens."),
        click.option("--url", help="http://HOST:PORT of a server that runs, instead of one that is started for this."),
    ):
        command = one(command)
    return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Load for Breakout: scenarios, peers under the same load, honest figures."""


@main.command(name="list")
def list_scenarios() -> None:
    """Say what there is to run, with the knobs that each heeds and what it must show."""
    from bench.scenarios import SCENARIOS

    width = max(map(len, SCENARIOS))
    for scenario in SCENARIOS.values():
        click.echo(f"{scenario.name:<{width}}  {scenario.summary}")
        heeded = " ".join(f"{option(name)} {getattr(scenario.defaults, name):g}" for name in scenario.heeds)
        click.echo(f"{'':<{width}}    {heeded}{' --peer ' + '|'.join(scenario.peers) if scenario.peers else ''}")
        for bar in scenario.bars:
            click.echo(f"{'':<{width}}    must show: {bar.text(scenario.defaults)}")


@main.command(epilog=EXIT_CODES)
@click.argument("name", metavar="SCENARIO")
@knobs
@click.option("--peer", "peers", multiple=True, type=click.Choice(PEERS), help="Also under the same load; may be repeated.")
@click.option("--repeat", type=click.IntRange(1, 50), default=1, show_default=True, help="Runs of each, in turns; medians count.")
@click.option("--generators", "processes", type=click.IntRange(1, 16), default=1, show_default=True, help="Processes to make load.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes of Breakout: serve --workers.")
@click.option("--realtime", is_flag=True, help="Run before all other work of the machine (SCHED_RR); root only.")
@directory
@click.option("--kill9", is_flag=True, help="durable: kill the server --rounds times and look for losses; with a control.")
@elsewhere
@results
def run(name: str, **options: Any) -> None:
    """Run a scenario, on a server that is started for it or on one that runs.

    `breakout-bench list` says which knobs a scenario heeds and what they are where nothing is said; one that it does not heed
    is refused. The table goes to stdout, progress to stderr.
    """
    from bench.publish import publish
    from bench.remote import Elsewhere
    from bench.run import Wish, run_command

    paths = options.pop("json_path"), options.pop("html_path")
    server = Elsewhere(*(options.pop(key) for key in ("url", "key_file", "tokens", "owned")))
    own = {key: options.pop(key) for key in ("peers", "repeat", "processes", "realtime", "kill9", "workers", "directory")}
    found = run_command(name, Wish(**own, elsewhere=server), options)
    sys.exit(EXIT_MISSED if publish(found, *paths) else 0)


@main.command()
@click.option("--axis", "names", multiple=True, type=click.Choice(("rooms", "people")), help="Only this one; both otherwise.")
@click.option("--rooms", type=click.IntRange(8, 5000), default=2000, show_default=True, help="The last of the doublings.")
@click.option("--people", type=click.IntRange(8, MAX_PEOPLE), default=8000, show_default=True, help="Likewise.")
@click.option("--repeat", type=click.IntRange(1, 50), default=1, show_default=True, help="Runs of each step; medians count.")
@click.option("--realtime", is_flag=True, help="Run before all other work of the machine (SCHED_RR); root only.")
@directory
@results
def growth(names: Sequence[str], json_path: Path | None, html_path: Path | None, **options: Any) -> None:
    """Double rooms and people again and again: what one of them costs must stay the same.

    Exits with 1 where one became dearer by more than 20 %.
    """
    from bench.publish import publish_growth
    from bench.run import growth_command

    found = growth_command(names, **options)
    sys.exit(EXIT_MISSED if publish_growth(found, json_path, html_path) else 0)


@main.command(epilog=EXIT_CODES)
@click.option("--repeat", type=click.IntRange(1, 50), default=1, show_default=True, help="Runs of each, in turns; medians count.")
@click.option("--realtime", is_flag=True, help="Run before all other work of the machine (SCHED_RR); root only.")
@click.option("--html", "html_path", type=click.Path(path_type=Path), default=Path("prove.html"), show_default=True)
@directory
def prove(repeat: int, html_path: Path, directory: Path | None, *, realtime: bool) -> None:
    """Run every scenario that has a bar, with the peers that it is held against, and say which bars are reached.

    Each runs with its own defaults. Leaves one report, and every result as JSON beside it.
    """
    from bench.prove import prove as prove_all

    missed = prove_all(click.echo, html_path, repeat=repeat, realtime=realtime, directory=directory)
    click.echo(f"wrote {html_path}")
    sys.exit(EXIT_MISSED if missed else 0)


@main.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
def compare(before: Path, after: Path) -> None:
    """Say what got better or worse between two results of one scenario; exits with 1 where something got worse or was lost."""
    from bench.compare import differences, worse
    from bench.publish import print_differences
    from bench.result import load, troubles

    later = load(after)
    found, trouble = differences(load(before), later), troubles(later)
    print_differences(found, trouble)
    sys.exit(EXIT_MISSED if trouble or worse(found) else 0)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--html", "html_path", type=click.Path(path_type=Path), default=Path("bench.html"), show_default=True)
def report(files: Sequence[Path], html_path: Path) -> None:
    """Put results into one page."""
    from bench.report import write_report
    from bench.result import load

    write_report([load(path) for path in files], html_path)
    click.echo(f"wrote {html_path}")
