"""What `breakout-bench run` does once its options are read."""

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve

from bench.arena import ArenaFailed, Field
from bench.cli import BenchRefused
from bench.generators import GeneratorFailed
from bench.growth import AXES, growth_result, run_growth
from bench.knobs import Knobs, with_given
from bench.machine import machine
from bench.outcome import Outcome
from bench.progress import progress
from bench.remote import remote_target
from bench.runner import Plan, command_line, make_field, run_plan
from bench.scenario import Scenario
from bench.scenarios import SCENARIOS
from bench.scenarios.durable import DURABLE, kill9
from bench.target import TargetFailed

KILL_ROUNDS = 20
KILL_SECONDS = 2.0
CONTROL_ROUNDS = 3


def run_command(name: str, peers: Sequence[str], options: dict[str, Any]) -> dict[str, Any]:
    """Run the scenario of that name. Raises: BenchRefused, KnobRefused, NodeMissing."""
    scenario = SCENARIOS.get(name)
    if scenario is None:
        raise BenchRefused(f"there is no scenario {name}; see breakout-bench list")
    own = {key: options.pop(key) for key in ("repeat", "processes", "realtime", "kill9")}
    remote = remote_target(options.pop("url"), options.pop("key_file"), owned=options.pop("owned"))
    if remote is not None and (peers or own["kill9"] or not scenario.remote):
        raise BenchRefused("with --url there are no peers, and what starts, stops or looks into the server cannot be run")
    if own.pop("kill9"):
        scenario, options = _drill(scenario, options)
    foreign = [peer for peer in peers if peer not in scenario.peers]
    if foreign:
        raise BenchRefused(f"{name} cannot be run on {', '.join(foreign)}: it has nothing like it")
    chosen = with_given(scenario.defaults, options)
    if remote is not None:
        chosen = evolve(chosen, beats=1)  # its timers tick once a second, whatever is asked of ours
    plan = Plan(scenario, chosen, ("breakout", *peers), **own, remote=remote)
    try:
        with progress(plan.steps) as say:
            return run_plan(plan, say)
    except (TargetFailed, ArenaFailed, GeneratorFailed, PermissionError) as failure:
        raise BenchRefused(str(failure)) from None


def _drill(scenario: Scenario, options: dict[str, Any]) -> tuple[Scenario, dict[str, Any]]:
    if scenario is not DURABLE:
        raise BenchRefused("--kill9 is for the scenario durable")
    defaults = evolve(DURABLE.defaults, rounds=KILL_ROUNDS, seconds=KILL_SECONDS, people=200)
    return evolve(DURABLE, run=partial(_drill_and_control), defaults=defaults, bars=()), options


def _drill_and_control(field: Field, _name: str, knobs: Knobs) -> Outcome:
    """The drill, and a shorter one with a server that must fail it."""
    honest = kill9(field, knobs)
    control = kill9(field, evolve(knobs, rounds=min(CONTROL_ROUNDS, knobs.rounds)), early=True)
    lost, told = control.value("lost"), control.value("acknowledged")
    note = f"the control, which acknowledges before the commit, lost {lost:.0f} of {told:.0f}"
    return evolve(honest, faults=[*honest.faults, *control.faults], notes=[note])


def growth_command(names: Sequence[str], *, realtime: bool) -> dict[str, Any]:
    """Run the axes of growth. Raises: BenchRefused."""
    chosen = [axis for axis in AXES if axis.axis in (names or ("rooms", "people"))]
    about = {"machine": machine(), "command": command_line(), "realtime": realtime}
    try:
        with tempfile.TemporaryDirectory(prefix="breakout-bench-") as scratch, progress(sum(len(a.steps) for a in chosen)) as say:
            field = make_field(Path(scratch), realtime=realtime)
            found = [run_growth(field, axis, say) for axis in chosen]
    except (TargetFailed, ArenaFailed, GeneratorFailed, PermissionError) as failure:
        raise BenchRefused(str(failure)) from None
    return growth_result(found, about)
