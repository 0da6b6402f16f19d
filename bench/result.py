"""What a run leaves behind: plain JSON that `report` and `compare` read."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import asdict

from bench.histogram import curve, merged
from bench.knobs import Knobs
from bench.outcome import Bar, Outcome, as_json, median_figures
from bench.scenario import Scenario
from bench.unreadable import ResultUnreadable

FORMAT = 2
MOST_GENERATOR_SHARE = 0.8
"""Of its core. A generator that was busier may be what was measured: rates and latencies of that run are not published."""

CURVE_SHARES = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 97, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.99, 100)


def contender_result(name: str, outcomes: Sequence[Outcome], version: str = "") -> dict[str, Any]:
    """The runs of one contender as one: medians, histograms added up, every fault. `version` is what ran."""
    busiest = max(outcome.generator_share for outcome in outcomes)
    refused = busiest > MOST_GENERATOR_SHARE
    curves = {} if refused else {measured: _curve(outcomes, measured) for measured in outcomes[0].histograms}
    return {
        "name": name,
        "version": version,
        "runs": len(outcomes),
        "published": not refused,
        "refusal": f"the generator used {busiest:.0%} of its core: it may be what was measured" if refused else None,
        "generator_share": round(busiest, 3),
        "figures": [as_json(figure) for figure in median_figures(outcomes) if figure.own or not refused],
        "curves": curves,
        "faults": [fault for outcome in outcomes for fault in outcome.faults],
        "notes": [note for outcome in outcomes for note in outcome.notes],
    }


def result(
    scenario: Scenario, knobs: Knobs, contenders: Sequence[dict[str, Any]], about: Mapping[str, Any]
) -> dict[str, Any]:
    """The whole of a run. Only knobs that do something are kept.

    `about` has the machine, the command that repeats it, and under `uncompared` why no bar may be judged, or None.
    """
    heeded = {name: value for name, value in asdict(knobs).items() if name in scenario.heeds}
    return {
        **heading(scenario.name, heeded),
        **about,
        "contenders": list(contenders),
        "ratios": _ratios(contenders),
        "bars": [_bar(bar, knobs, contenders, about["uncompared"]) for bar in scenario.bars],
        "faults": [],
    }


def heading(scenario: str, knobs: Mapping[str, Any]) -> dict[str, Any]:
    """What every result begins with."""
    return {"format": FORMAT, "scenario": scenario, "at": datetime.now(UTC).isoformat(timespec="seconds"), "knobs": dict(knobs)}


def failed(found: Mapping[str, Any]) -> bool:
    """Whether a bar was missed or a peer spoiled its comparison, something was lost, or nothing could be published."""
    return any(bar["met"] is False or bar["spoiled"] for bar in found["bars"]) or bool(troubles(found))


def troubles(found: Mapping[str, Any]) -> list[str]:
    """Why Breakout's own figures are worth nothing: its faults, and that they could not be published."""
    own = found["contenders"][:1]
    return [*found["faults"], *(fault for c in own for fault in c["faults"]), *(c["refusal"] for c in own if not c["published"])]


def save(found: Mapping[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n")


def load(path: Path) -> dict[str, Any]:
    """Raises: ResultUnreadable."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ResultUnreadable(f"{path} cannot be read: {error}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT or "contenders" not in found:
        raise ResultUnreadable(f"{path} is no result of this bench, or one of another version")
    return found


def figure_of(contender: Mapping[str, Any], name: str) -> float | None:
    """The value of one figure; None where there is none."""
    return next((float(figure["value"]) for figure in contender["figures"] if figure["name"] == name), None)


def _curve(outcomes: Sequence[Outcome], measured: str) -> list[tuple[float, float]]:
    whole = merged(outcome.histograms[measured] for outcome in outcomes if measured in outcome.histograms)
    return curve(whole, CURVE_SHARES)


def _ratios(contenders: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Figures of the first contender by those of each other one."""
    if not contenders:
        return {}
    own, *others = contenders
    ratios: dict[str, dict[str, float]] = {}
    for other in others:
        for figure in own["figures"]:
            theirs = figure_of(other, figure["name"])
            if theirs:
                ratios.setdefault(figure["name"], {})[other["name"]] = round(figure["value"] / theirs, 3)
    return ratios


def _bar(bar: Bar, knobs: Knobs, contenders: Sequence[Mapping[str, Any]], uncompared: str | None) -> dict[str, Any]:
    """One bar as results keep it. `because` says why it was not compared; `spoiled` that its peer should have made it possible."""
    value = figure_of(contenders[0], bar.figure)
    peer = next((contender for contender in contenders if contender["name"] == bar.against), None)
    other = figure_of(peer, bar.figure) if peer is not None else None
    spoiled = peer is not None and (bool(peer["faults"]) or other is None)
    because = uncompared or _why_not(bar, knobs, peer, spoiled=spoiled)
    met = bar.met_by(value, other) if value is not None and because is None else None
    return {"text": bar.text(knobs), "met": met, "value": value, "against": other, "because": because, "spoiled": spoiled}


def _why_not(bar: Bar, knobs: Knobs, peer: Mapping[str, Any] | None, *, spoiled: bool) -> str | None:
    if not bar.applies(knobs):
        return "the run is too small"
    if bar.against is not None and peer is None:
        return f"there was no --peer {bar.against}"
    return f"{bar.against} had faults or was not published" if spoiled else None
