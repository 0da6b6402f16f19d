"""Runs a scenario against one contender or several, in turns, and says how far it is."""

import shlex
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from bench.arena import Field
from bench.contender import Launch
from bench.knobs import Knobs
from bench.machine import machine
from bench.outcome import Outcome
from bench.process import Place, cores
from bench.remote import Remote
from bench.result import contender_result, result
from bench.scenario import Scenario
from bench.versions import version_of

Say = Callable[[str], None]


@frozen
class Plan:
    """What to run.

    Attributes:
        contenders: Breakout first.
        repeat: Runs of each, in turns, so that noise hits all alike.
        directory: Where databases are made and removed; that of temporary files where none is given.
    """

    scenario: Scenario
    knobs: Knobs
    contenders: Sequence[str] = ("breakout",)
    repeat: int = 1
    processes: int = 1
    realtime: bool = False
    remote: Remote | None = None
    workers: int = 1
    directory: Path | None = None

    @property
    def steps(self) -> int:
        return self.repeat * len(self.contenders)

    @property
    def uncompared(self) -> str | None:
        """Why figures of this run may not be held against the bars; None: they may."""
        if self.workers > 1:
            return f"the bars are for one process and not for {self.workers} workers"
        if self.remote is None and len(cores()) < 2:
            return "the server and its load shared a core"
        return None


def run_plan(plan: Plan, say: Say) -> dict[str, Any]:
    """Carry out the plan; `say` hears of every step. Raises what a scenario raises."""
    outcomes: dict[str, list[Outcome]] = {name: [] for name in plan.contenders}
    with tempfile.TemporaryDirectory(prefix="breakout-bench-", dir=plan.directory) as scratch:
        about = _about(plan, Path(scratch))
        options: dict[str, Any] = {"realtime": plan.realtime, "processes": plan.processes}
        field = make_field(Path(scratch), **options, remote=plan.remote, workers=plan.workers)
        for turn in range(plan.repeat):
            for name in plan.contenders:
                say(f"{plan.scenario.name} on {name}" + (f", run {turn + 1} of {plan.repeat}" if plan.repeat > 1 else ""))
                outcome = plan.scenario.run(field, name, plan.knobs)
                outcomes[name].append(outcome if plan.remote is None else from_outside(outcome))
    contenders = [contender_result(name, found, _version(plan, name)) for name, found in outcomes.items()]
    return result(plan.scenario, plan.knobs, contenders, about)


def _about(plan: Plan, scratch: Path) -> dict[str, Any]:
    options = {name: getattr(plan, name) for name in ("realtime", "repeat", "workers", "processes", "uncompared")}
    return {"machine": machine(scratch), "command": command_line(), **options}


def _version(plan: Plan, name: str) -> str:
    return "unknown, it runs elsewhere" if plan.remote is not None else version_of(name)


def make_field(
    scratch: Path, *, realtime: bool = False, processes: int = 1, remote: Remote | None = None, workers: int = 1
) -> Field:
    """The server gets a core for each of its workers, and the generators take turns on the others.

    Where there are not enough, all run everywhere.
    """
    available = cores()
    if len(available) <= workers:
        return Field(Launch(scratch, Place((), realtime), remote, workers=workers), [Place((), realtime)] * processes)
    server, others = Place(available[:workers], realtime), available[workers:]
    crowd = [Place((others[at % len(others)],), realtime) for at in range(processes)]
    return Field(Launch(scratch, server, remote, workers=workers), crowd)


def from_outside(outcome: Outcome) -> Outcome:
    """Without what only a look into the server's process tells."""
    inner = ("cpu_", "lateness_", "grown_")
    figures = [f for f in outcome.figures if not f.own and not f.name.startswith(inner)]
    return evolve(outcome, figures=figures)


def command_line() -> str:
    """What repeats this run."""
    return shlex.join(["breakout-bench", *sys.argv[1:]])
