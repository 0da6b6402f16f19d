"""What `breakout-bench run` does once its options are read."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from attrs import evolve

from bench.arena import ArenaFailed, Field
from bench.cli import BenchRefused
from bench.generators import GeneratorFailed
from bench.knobs import Knobs, with_given
from bench.outcome import Outcome
from bench.progress import progress
from bench.runner import Plan, run_plan
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
    if own.pop("kill9"):
        scenario, options = _drill(scenario, options)
    foreign = [peer for peer in peers if peer not in scenario.peers]
    if foreign:
        raise BenchRefused(f"{name} cannot be run on {', '.join(foreign)}: it has nothing like it")
    chosen = with_given(scenario.defaults, options)
    plan = Plan(scenario, chosen, ("breakout", *peers), **own)
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
