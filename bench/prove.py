"""Every bar at once: each scenario that has one, with the peers that its bars are held against, and one report of all."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.publish import bar_line, what_went_wrong
from bench.report import write_report
from bench.result import failed, save
from bench.run import Wish, run_command
from bench.scenario import Scenario
from bench.scenarios import SCENARIOS


def barred() -> Sequence[Scenario]:
    """The scenarios that have to show something."""
    return [scenario for scenario in SCENARIOS.values() if scenario.bars]


def wish_for(scenario: Scenario, **options: Any) -> Wish:
    """Its peers are those that its bars name."""
    peers = dict.fromkeys(bar.against for bar in scenario.bars if bar.against is not None)
    return Wish(peers=tuple(peers), **options)


def prove(say: Callable[[str], None], html_path: Path, **options: Any) -> bool:
    """Run them one after the other, `say` each bar, and write one report with each result as JSON beside it.

    Returns whether one failed. Raises what a run raises.
    """
    results = []
    for scenario in barred():
        found = run_command(scenario.name, wish_for(scenario, **options), {})
        wrong = [line for contender in found["contenders"] for line in what_went_wrong(contender)]
        say("\n  ".join((f"{scenario.name}:", *map(bar_line, found["bars"]), *wrong)))
        save(found, html_path.with_name(f"{html_path.stem}-{scenario.name}.json"))
        results.append(found)
        write_report(results, html_path)
    return any(map(failed, results))
