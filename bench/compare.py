"""Two results of one scenario side by side: what got better, what got worse, what stayed within the noise."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from bench.unreadable import ResultUnreadable

NOISE = 0.1
"""Figures of one machine differ by this much from run to run; a smaller change says nothing."""

TAIL_NOISE = {"_p99_ms": 0.25, "_p99.9_ms": 0.5, "_max_ms": 0.5}
"""The further out in the tail, the fewer latencies make a figure."""


@frozen
class Difference:
    """One figure before and after. `verdict` is "better", "worse" or "same"."""

    name: str
    unit: str
    before: float
    after: float
    verdict: str

    @property
    def ratio(self) -> float | None:
        return self.after / self.before if self.before else None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Of the first contender of each, or of the steps of growth, figure by figure.

    Raises:
        ResultUnreadable: They are of different scenarios, or were made with different knobs, or have no figure in common.
    """
    if before["scenario"] != after["scenario"]:
        raise ResultUnreadable(f"{before['scenario']} and {after['scenario']} cannot be compared")
    if before["knobs"] != after["knobs"]:
        raise ResultUnreadable("the two were run with different knobs")
    known = {figure["name"]: figure for figure in _figures(before)}
    found = [_difference(known[figure["name"]], figure) for figure in _figures(after) if figure["name"] in known]
    if not found:
        raise ResultUnreadable("the two have no figure in common")
    return found


def worse(found: Sequence[Difference]) -> bool:
    return any(difference.verdict == "worse" for difference in found)


def _figures(result: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    if "growth" not in result:
        figures: Sequence[Mapping[str, Any]] = result["contenders"][0]["figures"]
        return figures
    return [
        {"name": f"{name} at {step['value']:,} {axis['axis']}", "unit": "", "value": cost, "better": "less"}
        for axis in result["growth"] for step in axis["steps"] for name, cost in step["costs"].items()
    ]  # fmt: skip


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    old, new = float(before["value"]), float(after["value"])
    noise = next((share for ending, share in TAIL_NOISE.items() if after["name"].endswith(ending)), NOISE)
    changed = abs(new - old) > noise * abs(old) if old else new != 0
    improved = (new < old) == (after["better"] == "less")
    verdict = "same" if not changed else "better" if improved else "worse"
    return Difference(after["name"], after["unit"], old, new, verdict)
