"""Diagrams as SVG text: lines and bars, without a library. Colours come from the page's style sheet (`report.py`).

Every diagram has a title and a description for those who cannot see it; the report puts its figures into a table as well.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

from attrs import frozen

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 32, 12, 44
SERIES_CLASSES = 6
"""Colours and kinds of line in the style sheet: `s0` to `s5`."""

LEAST_SHOWN = 0.001
"""Of values on decades: nothing has no place there."""

Points = Sequence[tuple[float, float]]


@frozen
class Axis:
    """How values lie along one side. Attributes: ticks: Values that are written out."""

    label: str
    place: Callable[[float], float]
    ticks: Sequence[tuple[float, str]]


def percentile_axis() -> Axis:
    """Percentiles such that each further nine takes as much room as the one before."""
    shown = [(0.0, "0"), (50.0, "50"), (90.0, "90"), (99.0, "99"), (99.9, "99.9"), (99.99, "99.99")]
    return Axis("percentile", lambda share: min(1.0, -math.log10(max(1e-5, 1 - share / 100)) / 4.2), shown)


def linear_axis(label: str, highest: float) -> Axis:
    """From 0 to a round number beyond `highest`."""
    step = _round_step(highest / 5) if highest > 0 else 1.0
    top = step * max(1, math.ceil(highest / step))
    ticks = [(step * n, _short(step * n)) for n in range(round(top / step) + 1)]
    return Axis(label, lambda value: value / top, ticks)


def decade_axis(label: str, values: Sequence[float]) -> Axis:
    """Each power of ten takes as much room as the next, so that a tail does not press all others to the ground."""
    low = math.floor(math.log10(max(LEAST_SHOWN, min(values))))
    high = max(low + 1, math.ceil(math.log10(max(LEAST_SHOWN, *values))))
    shown = [10.0**power for power in range(low, high + 1)]
    ticks = [(value, _short(value)) for value in shown]
    return Axis(label, lambda value: (math.log10(max(shown[0], value)) - low) / (high - low), ticks)


def doubling_axis(label: str, values: Sequence[float]) -> Axis:
    """For numbers that double from one to the next."""
    low, high = math.log2(min(values)), math.log2(max(values))
    span = (high - low) or 1.0
    return Axis(label, lambda value: (math.log2(value) - low) / span, [(value, _short(value)) for value in values])


def line_chart(title: str, series: Mapping[str, Points], across: Axis, upward: Axis) -> str:
    """One line per series, with its points marked."""
    parts = [_grid(across, upward)]
    for number, points in enumerate(series.values()):
        placed = [(_x(across.place(x)), _y(upward.place(y))) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        parts.append(f'<polyline class="line s{number % SERIES_CLASSES}" points="{path}"/>')
        parts += [f'<circle class="dot s{number % SERIES_CLASSES}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in placed]
    text = "; ".join(f"{name}: " + ", ".join(f"{_short(x)} {_short(y)}" for x, y in points) for name, points in series.items())
    drawn = _svg(title, f"{upward.label} by {across.label}. {text}", "".join(parts), HEIGHT)
    return drawn + legend(list(series)) if len(series) > 1 else drawn


def bar_chart(title: str, bars: Sequence[tuple[str, float, str]]) -> str:
    """Horizontal bars: name, value, and the value as people read it."""
    highest = max((value for _, value, _ in bars), default=1.0) or 1.0
    row, parts = 30, []
    for number, (name, value, text) in enumerate(bars):
        y = number * row
        length = (WIDTH - 280) * value / highest
        parts.append(f'<text class="name" x="150" y="{y + 20}" text-anchor="end">{escape(name)}</text>')
        colour = f"bar s{number % SERIES_CLASSES}"
        parts.append(f'<rect class="{colour}" x="160" y="{y + 6}" width="{max(1.0, length):.1f}" height="20"/>')
        parts.append(f'<text x="{168 + length:.1f}" y="{y + 20}">{escape(text)}</text>')
    described = "; ".join(f"{name} {text}" for name, _, text in bars)
    return _svg(title, described, "".join(parts), max(1, len(bars)) * row)


def legend(names: Sequence[str]) -> str:
    """Each name behind a piece of its line."""
    line = '<svg class="key" viewBox="0 0 36 10" aria-hidden="true"><line class="line s{}" x1="0" x2="36" y1="5" y2="5"/></svg>'
    items = "".join(f"<li>{line.format(n % SERIES_CLASSES)}{escape(name)}</li>" for n, name in enumerate(names))
    return f'<ul class="legend">{items}</ul>'


def _grid(across: Axis, upward: Axis) -> str:
    parts = []
    for value, text in upward.ticks:
        y = _y(upward.place(value))
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    for value, text in across.ticks:
        x = _x(across.place(value))
        parts.append(f'<line class="grid" y1="{TOP}" y2="{HEIGHT - BOTTOM}" x1="{x:.1f}" x2="{x:.1f}"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{text}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(across.label)}</text>')
    parts.append(f'<text transform="translate(14 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(upward.label)}</text>')
    return "".join(parts)


def _svg(title: str, described: str, inside: str, height: float) -> str:
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(title)}">'
        f'<svg role="img" viewBox="0 0 {WIDTH} {height:g}" preserveAspectRatio="xMidYMid meet">'
        f"<title>{escape(title)}</title><desc>{escape(described)}</desc>{inside}</svg></div>"
    )


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * 0.999)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
