"""What a run says at its end: a table, files where they were asked for, and whether it was good enough."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.compare import Difference
from bench.machine import line as machine_line
from bench.report import how, number, write_report
from bench.result import failed, figure_of, save

MARKS = {True: "reached", False: "MISSED", None: "not compared"}
FIELD_WIDTH = 110


def publish(found: Mapping[str, Any], json_path: Path | None, html_path: Path | None) -> bool:
    """Print and write. Returns whether the run failed: see `result.failed`."""
    console = _console()
    _print_head(console, found)
    console.print(_table(found))
    for contender in found["contenders"]:
        _print_contender(console, contender)
    return _finish(console, found, json_path, html_path)


def publish_growth(found: Mapping[str, Any], json_path: Path | None, html_path: Path | None) -> bool:
    """Print what one unit costs at each step, and write. Returns whether something grew too much."""
    console = _console()
    _print_head(console, found)
    for axis in found["growth"]:
        table = Table(axis["axis"], *axis["spread"], box=None, pad_edge=False)
        for step in axis["steps"]:
            table.add_row(f"{step['value']:,}", *map(number, step["costs"].values()))
        table.add_row("dearer by", *(f"{share:.0%}" for share in axis["spread"].values()))
        console.print(table)
    return _finish(console, found, json_path, html_path)


def what_went_wrong(contender: Mapping[str, Any]) -> list[str]:
    """Its faults, and that it is not published."""
    name = contender["name"]
    refused = [] if contender["published"] else [f"{name}: rates and latencies are not published, {contender['refusal']}"]
    return [*refused, *(f"{name}: FAULT: {fault}" for fault in contender["faults"])]


def bar_line(bar: Mapping[str, Any]) -> str:
    """As people read it."""
    because = f": {bar['because']}" if bar["because"] else ""
    return f"{MARKS[bar['met']]}: {bar['text']}{_seen(bar)}{because}"


def print_differences(found: Sequence[Difference], troubles: Sequence[str]) -> None:
    """`troubles` are those of the later result."""
    table = Table("figure", "unit", "before", "after", "ratio", "", box=None, pad_edge=False)
    for one in found:
        ratio = "" if one.ratio is None else f"{one.ratio:.2f} x"
        verdict = "" if one.verdict == "same" else one.verdict
        table.add_row(one.name, one.unit, number(one.before), number(one.after), ratio, verdict)
    console = _console()
    console.print(table)
    for trouble in troubles:
        console.print(f"after: {trouble}", markup=False)


def _console() -> Console:
    return Console(width=None if Console().is_terminal else FIELD_WIDTH, highlight=False)


def _print_head(console: Console, found: Mapping[str, Any]) -> None:
    console.print(f"{found['scenario']}: {how(found)}")
    console.print(machine_line(found["machine"]))


def _finish(console: Console, found: Mapping[str, Any], json_path: Path | None, html_path: Path | None) -> bool:
    for bar in found["bars"]:
        console.print(bar_line(bar), markup=False)
    for fault in found["faults"]:
        console.print(f"FAULT: {fault}", markup=False)
    if html_path is not None and json_path is None:
        json_path = html_path.with_suffix(".json")
    if json_path is not None:
        save(found, json_path)
    if html_path is not None:
        write_report([found], html_path)
    return failed(found)


def _table(found: Mapping[str, Any]) -> Table:
    _, *others = found["contenders"]
    table = Table("figure", "unit", box=None, pad_edge=False)
    for other in others:
        table.add_column(f"/ {other['name']}", justify="right")
    for contender in found["contenders"]:
        table.add_column(contender["name"], justify="right")
    names = dict.fromkeys((f["name"], f["unit"]) for c in found["contenders"] for f in c["figures"])
    for name, unit in names:
        values = [figure_of(contender, name) for contender in found["contenders"]]
        ratios = [found["ratios"].get(name, {}).get(other["name"]) for other in others]
        table.add_row(name, unit, *(f"{r:.2f} x" if r is not None else "" for r in ratios), *map(number, values))
    return table


def _print_contender(console: Console, contender: Mapping[str, Any]) -> None:
    name = contender["name"]
    if contender["generator_share"]:
        console.print(f"{name}: the load took {contender['generator_share']:.0%} of a core to make", markup=False)
    for line in what_went_wrong(contender):
        console.print(line, markup=False)
    for note in contender["notes"]:
        console.print(f"{name}: {note}", markup=False)


def _seen(bar: Mapping[str, Any]) -> str:
    if bar["value"] is None:
        return ""
    against = f", against {number(bar['against'])}: {bar['value'] / bar['against']:.2f} x" if bar["against"] else ""
    return f" (seen {number(bar['value'])}{against})"
