"""Results as one HTML page that needs nothing else: light and dark, readable without colours, printable."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from bench.chart import bar_chart, decade_axis, doubling_axis, line_chart, linear_axis, percentile_axis
from bench.machine import line
from bench.result import figure_of

DASHES = ("none", "8 4", "2 4", "12 3 3 3", "1 6", "14 6")
"""Series differ by their lines as well as by their colours."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #59636e; --rule: #d1d9e0; --good: #1a7f37; --bad: #b3261e;
  --s0: #0b57d0; --s1: #b3541e; --s2: #00796b; --s3: #7b1fa2; --s4: #6b6f00; --s5: #ad1457; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --soft: #9198a1; --rule: #3d444d; --good: #3fb950;
  --bad: #ff7b72; --s0: #7cacf8; --s1: #ffa657; --s2: #4dd0c1; --s3: #d2a8ff; --s4: #d4d54a; --s5: #ff9bce; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 60rem;
  padding: 0 1rem; }
h2 { margin-top: 3rem; border-top: 1px solid var(--rule); padding-top: 1.5rem; }
table { border-collapse: collapse; } .scroll { overflow-x: auto; margin: 1rem 0; }
th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--rule); text-align: right; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; }
.soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
code { overflow-wrap: anywhere; }
svg { width: 100%; min-width: 34rem; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.grid { stroke: var(--rule); } .line { fill: none; stroke-width: 2; }
.legend { list-style: none; padding: 0; display: flex; gap: 1.5rem; flex-wrap: wrap; }
.key { width: 2.2rem; height: .6rem; min-width: 0; margin-right: .5rem; }
""" + "".join(
    f".line.s{n} {{ stroke: var(--s{n}); stroke-dasharray: {dashes}; }}\n.dot.s{n}, .bar.s{n} {{ fill: var(--s{n}); }}\n"
    for n, dashes in enumerate(DASHES)
)

MARKS = {True: ("good", "reached"), False: ("bad", "missed"), None: ("soft", "not compared")}
BARS_FOR = ("cpu_us_per_delivery", "cpu_ms_per_join", "cpu_us_per_change", "cpu_us_per_person", "rss_kib_per_person")
"""Figures that are drawn as bars where more than one server has them."""


def write_report(results: Sequence[Mapping[str, Any]], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report(results))


def report(results: Sequence[Mapping[str, Any]]) -> str:
    """The page: one section per result."""
    sections = "".join(_section(found) for found in results)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Breakout under load</title>'
        f"<style>{STYLE}</style></head><body><main><h1>Breakout under load</h1>{sections}</main></body></html>\n"
    )


def _section(found: Mapping[str, Any]) -> str:
    growth = found.get("growth")
    body = _growth(growth) if growth else _figures(found) + _diagrams(found)
    return (
        f"<section><h2>{escape(found['scenario'])}</h2>"
        f'<p class="soft">{escape(line(found["machine"]))} · {escape(found["at"])}'
        f"{' · before all other work (SCHED_RR)' if found.get('realtime') else ''}</p>"
        f"<p>{escape(how(found))}</p>"
        f"<p>Repeat it: <code>{escape(found['command'])}</code></p>{_bars(found)}{_remarks(found)}{body}</section>"
    )


def _bars(found: Mapping[str, Any]) -> str:
    items = []
    for bar in found["bars"]:
        kind, word = MARKS[bar["met"]]
        against = f", {bar['value'] / bar['against']:.2f} x" if bar["against"] and bar["value"] is not None else ""
        seen = "" if bar["value"] is None else f" (seen {number(bar['value'])}{against})"
        because = f": {escape(bar['because'])}" if bar["because"] else ""
        items.append(f'<li><span class="{kind}">{word}</span>: {escape(bar["text"])}{seen}{because}</li>')
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _remarks(found: Mapping[str, Any]) -> str:
    items = [f'<li class="bad">{escape(fault)}</li>' for fault in found["faults"]]
    for contender in found["contenders"]:
        name = escape(contender["name"])
        items.append(f"<li>{name}: {escape(contender['version'])}; the load took {contender['generator_share']:.0%} of a core</li>")
        if not contender["published"]:
            items.append(f'<li class="bad">{name}: no rates and latencies: {escape(contender["refusal"])}</li>')
        items += [f'<li class="bad">{name}: {escape(fault)}</li>' for fault in contender["faults"]]
        items += [f"<li>{name}: {escape(note)}</li>" for note in contender["notes"]]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _figures(found: Mapping[str, Any]) -> str:
    contenders = found["contenders"]
    names = dict.fromkeys((f["name"], f["unit"]) for c in contenders for f in c["figures"])
    head = "".join(f'<th scope="col">/ {escape(c["name"])}</th>' for c in contenders[1:])
    head += "".join(f'<th scope="col">{escape(c["name"])}</th>' for c in contenders)
    rows = []
    for name, unit in names:
        ratios = found["ratios"].get(name, {})
        cells = "".join(f"<td>{_ratio(ratios.get(c['name']))}</td>" for c in contenders[1:])
        cells += "".join(f"<td>{number(figure_of(c, name))}</td>" for c in contenders)
        rows.append(f'<tr><th scope="row">{escape(name)} <span class="soft">{escape(unit)}</span></th>{cells}</tr>')
    return _table(f"figures of {found['scenario']}", f'<th scope="col">figure</th>{head}', "".join(rows))


def _diagrams(found: Mapping[str, Any]) -> str:
    contenders = found["contenders"]
    parts = []
    for name in BARS_FOR:
        bars = [(c["name"], value, number(value)) for c in contenders if (value := figure_of(c, name)) is not None]
        if len(bars) > 1:
            parts.append(f"<h3>{escape(name)}</h3>" + bar_chart(name, bars))
    for measured in dict.fromkeys(m for c in contenders for m in c["curves"]):
        series = {c["name"]: c["curves"][measured] for c in contenders if measured in c["curves"]}
        values = [ms for points in series.values() for _, ms in points]
        chart = line_chart(f"{measured} latency", series, percentile_axis(), decade_axis("milliseconds", values))
        parts.append(f"<h3>{escape(measured)}: latency by percentile</h3>{chart}{_points(measured, series)}")
    return "".join(parts)


def _points(measured: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """What the curves are drawn from."""
    head = '<th scope="col">percentile</th>' + "".join(f'<th scope="col">{escape(name)} ms</th>' for name in series)
    rows = []
    for at in zip(*series.values(), strict=True):
        cells = "".join(f"<td>{number(ms)}</td>" for _, ms in at)
        rows.append(f'<tr><th scope="row">{at[0][0]:g}</th>{cells}</tr>')
    return f"<details><summary>as a table</summary>{_table(f'{measured} latency by percentile', head, ''.join(rows))}</details>"


def how(found: Mapping[str, Any]) -> str:
    """With which knobs and options it was run, in words."""
    runs = "a single run" if found["repeat"] == 1 else f"medians of {found['repeat']} runs"
    counts = [f"{found[name]} {what}" for name, what in (("workers", "workers"), ("processes", "generators")) if found[name] > 1]
    why = [found["uncompared"]] if found["uncompared"] else []
    return ", ".join([*(f"{name} {value:g}" for name, value in found["knobs"].items()), *counts, runs, *why])


def _growth(growth: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for axis in growth:
        values = [step["value"] for step in axis["steps"]]
        series = {name: [(s["value"], s["costs"][name]) for s in axis["steps"]] for name in axis["steps"][0]["costs"]}
        for name, points in series.items():
            highest = max(cost for _, cost in points)
            across = doubling_axis(axis["axis"], values)
            chart = line_chart(f"{name} by {axis['axis']}", {name: points}, across, linear_axis(name, highest))
            rows = "".join(f'<tr><th scope="row">{value:,.0f}</th><td>{number(cost)}</td></tr>' for value, cost in points)
            title = f"{name} by {axis['axis']}"
            head = f'<th scope="col">{escape(axis["axis"])}</th><th scope="col">{escape(name)}</th>'
            parts.append(f"<h3>{escape(title)}</h3>{chart}{_table(title, head, rows)}")
    return "".join(parts)


def _table(title: str, head: str, rows: str) -> str:
    """A table that scrolls by itself where it is too wide, also for those who have no mouse."""
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(title)}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def number(value: float | None) -> str:
    """A figure as people read it."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} x"
