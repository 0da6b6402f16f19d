"""Runs a scenario against one contender or several, in turns, and says how far it is."""

import shlex
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from bench.arena import Field
from bench.contender import Launch
from bench.knobs import Knobs
from bench.machine import machine
from bench.outcome import Outcome
from bench.process import Place, cores
from bench.result import contender_result, result
from bench.scenario import Scenario

Say = Callable[[str], None]


@frozen
class Plan:
    """What to run. Attributes: contenders: Breakout first; repeat: Runs of each, in turns, so that noise hits all alike."""

    scenario: Scenario
    knobs: Knobs
    contenders: Sequence[str] = ("breakout",)
    repeat: int = 1
    processes: int = 1
    realtime: bool = False

    @property
    def steps(self) -> int:
        return self.repeat * len(self.contenders)


def run_plan(plan: Plan, say: Say, *, directory: Path | None = None) -> dict[str, Any]:
    """Carry out the plan; `say` hears of every step. Raises what a scenario raises."""
    about = {"machine": machine(), "command": shlex.join(["breakout-bench", *sys.argv[1:]]), "realtime": plan.realtime}
    outcomes: dict[str, list[Outcome]] = {name: [] for name in plan.contenders}
    with tempfile.TemporaryDirectory(prefix="breakout-bench-", dir=directory) as scratch:
        field = make_field(Path(scratch), plan)
        for turn in range(plan.repeat):
            for name in plan.contenders:
                say(f"{plan.scenario.name} on {name}" + (f", run {turn + 1} of {plan.repeat}" if plan.repeat > 1 else ""))
                outcomes[name].append(plan.scenario.run(field, name, plan.knobs))
    contenders = [contender_result(name, found) for name, found in outcomes.items()]
    return result(plan.scenario.name, plan.knobs, contenders, plan.scenario.bars, about)


def make_field(scratch: Path, plan: Plan) -> Field:
    """The server gets a core of its own where there are two, and the generators share the others."""
    available = cores()
    if len(available) < 2:
        place = Place(None, plan.realtime)
        return Field(Launch(scratch, place), place, plan.processes)
    return Field(Launch(scratch, Place(available[0], plan.realtime)), Place(available[1], plan.realtime), plan.processes)
