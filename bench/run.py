"""What `breakout-bench run` and `growth` do once their options are read."""

import importlib
import resource
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from bench.arena import ArenaFailed
from bench.cli import BenchRefused
from bench.generators import GeneratorFailed
from bench.growth import axes, growth_result, run_growth
from bench.knobs import Knobs, with_given, within
from bench.machine import machine
from bench.node import socketio_command
from bench.process import RealtimeRefused
from bench.progress import progress
from bench.remote import Elsewhere, Remote, remote_target
from bench.runner import Plan, command_line, make_field, run_plan
from bench.scenario import Scenario
from bench.scenarios import SCENARIOS
from bench.scenarios.durable import DURABLE
from bench.scenarios.killed import KILLED
from bench.staff import StaffRefused
from bench.target import TargetFailed

OTHER_FILES = 200
"""Of a process besides its connections."""

SECONDS_BETWEEN_TICKS = 1
"""Of the server itself; only the one that the bench builds can be told to tick faster."""


@frozen
class Wish:
    """The options of `run` that are no knobs."""

    peers: Sequence[str] = ()
    repeat: int = 1
    processes: int = 1
    realtime: bool = False
    kill9: bool = False
    elsewhere: Elsewhere = field(factory=Elsewhere)
    workers: int = 1
    directory: Path | None = None


def run_command(name: str, wish: Wish, knobs: Mapping[str, Any]) -> dict[str, Any]:
    """Run the scenario of that name. Raises: BenchRefused, KnobRefused, NodeMissing."""
    plan = make_plan(name, wish, knobs)
    _look_for_what_peers_need(plan.contenders)
    _raise_open_files(plan.knobs.people)
    with _failures_told(), progress(plan.steps) as say:
        return run_plan(plan, say)


def _look_for_what_peers_need(contenders: Sequence[str]) -> None:
    """So that it is known before the others have run. Raises: NodeMissing, ModuleNotFoundError."""
    if "socketio" in contenders:
        socketio_command()
    if "websockets" in contenders:
        importlib.import_module("websockets")


def _raise_open_files(people: int) -> None:
    """As many as may be, for this process and those that it starts. Raises: BenchRefused: That is not enough."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < people + OTHER_FILES:
        needed = people + OTHER_FILES
        raise BenchRefused(f"{people:,} people need {needed:,} open files and the hard limit is {hard:,}: raise it (ulimit -Hn)")


def make_plan(name: str, wish: Wish, knobs: Mapping[str, Any]) -> Plan:
    """What the options come to. Raises: BenchRefused, KnobRefused: They cannot be met, or one would do nothing."""
    scenario = _scenario(name, kill9=wish.kill9)
    foreign = [peer for peer in wish.peers if peer not in scenario.peers]
    if foreign:
        raise BenchRefused(f"{name} cannot be run on {', '.join(foreign)}: it has nothing like it")
    if wish.processes > 1 and "people" not in scenario.heeds:
        raise BenchRefused(f"{name} has nobody to simulate: --generators would do nothing")
    remote = remote_target(wish.elsewhere)
    if remote is not None and wish.directory is not None:
        raise BenchRefused("--directory is about a server that is started here")
    chosen = within(with_given(scenario.defaults, dict(knobs), scenario.heeds), scenario.bounds)
    if wish.processes > max(1, chosen.people):
        raise BenchRefused(f"--generators {wish.processes} is more than there are people")
    if remote is not None:
        chosen = _as_it_runs(scenario, remote, chosen, knobs, wish)
    elif wish.workers > 1:
        chosen = _with_workers(scenario, chosen, knobs)
    contenders = ("breakout", *wish.peers)
    return Plan(scenario, chosen, contenders, wish.repeat, wish.processes, wish.realtime, remote, wish.workers, wish.directory)


def _scenario(name: str, *, kill9: bool) -> Scenario:
    scenario = SCENARIOS.get(name)
    if scenario is None:
        raise BenchRefused(f"there is no scenario {name}; there are {', '.join(SCENARIOS)}")
    if kill9 and scenario is not DURABLE:
        raise BenchRefused("--kill9 is for the scenario durable")
    return KILLED if kill9 else scenario


def _with_workers(scenario: Scenario, chosen: Knobs, given: Mapping[str, Any]) -> Knobs:
    """The knobs as the product's own `serve --workers` allows them."""
    if not scenario.remote:
        raise BenchRefused(f"{scenario.name} looks into the server or kills it; it cannot be run with --workers")
    return _as_timers_tick(chosen, given)


def _as_timers_tick(chosen: Knobs, given: Mapping[str, Any]) -> Knobs:
    if given.get("beats") not in (None, SECONDS_BETWEEN_TICKS):
        raise BenchRefused("the timers of the server itself tick once a second; leave out --beats")
    return evolve(chosen, beats=SECONDS_BETWEEN_TICKS)


def _as_it_runs(scenario: Scenario, remote: Remote, chosen: Knobs, given: Mapping[str, Any], wish: Wish) -> Knobs:
    """The knobs as a server that runs somewhere allows them."""
    if wish.workers > 1:
        raise BenchRefused("--workers is about a server that is started here; the one at --url has as many as it has")
    if wish.peers:
        raise BenchRefused("with --url there are no peers: they would not run where that server runs")
    if not scenario.remote:
        raise BenchRefused(f"{scenario.name} starts, stops or looks into the server; it cannot be run with --url")
    chosen = _as_timers_tick(chosen, given)
    names = remote.tokens.sessions(chosen.sessions)
    if names is not None and given.get("sessions") is not None and len(names) < chosen.sessions:
        raise BenchRefused(f"the tokens let an organizer into {len(names)} sessions: --sessions {chosen.sessions} is too many")
    return chosen if names is None else evolve(chosen, sessions=len(names))


def growth_command(
    names: Sequence[str], *, rooms: int, people: int, repeat: int, realtime: bool, directory: Path | None
) -> dict[str, Any]:
    """Run the axes of growth up to the highest value of each. Raises: BenchRefused."""
    chosen = [axis for axis in axes(rooms, people) if axis.axis in (names or ("rooms", "people"))]
    _raise_open_files(max(rooms, people))
    with (
        _failures_told(),
        tempfile.TemporaryDirectory(prefix="breakout-bench-", dir=directory) as scratch,
        progress(repeat * sum(len(axis.steps) for axis in chosen)) as say,
    ):
        about = {"machine": machine(Path(scratch)), "command": command_line(), "realtime": realtime,
                 "repeat": repeat, "workers": 1, "processes": 1, "uncompared": None}  # fmt: skip
        stage = make_field(Path(scratch), realtime=realtime)
        found = [run_growth(stage, axis, say, repeat) for axis in chosen]
    return growth_result(found, about)


@contextmanager
def _failures_told() -> Iterator[None]:
    """What comes from outside is one line, not a traceback."""
    try:
        yield
    except (TargetFailed, ArenaFailed, GeneratorFailed, StaffRefused, RealtimeRefused) as failure:
        raise BenchRefused(str(failure)) from None
    except ConnectionRefusedError:
        raise BenchRefused("nobody listens there: is the server running, and is the port the right one?") from None
    except OSError as failure:
        raise BenchRefused(failure.strerror or str(failure)) from None

