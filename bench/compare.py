"""Two results of one scenario side by side: what got better, what got worse, what stayed within the noise."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from bench.result import ResultUnreadable

NOISE = 0.1
"""Figures of one machine differ by this much from run to run; a smaller change says nothing."""


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
    """Of the first contender of each, figure by figure.

    Raises:
        ResultUnreadable: They are of different scenarios, or were made with different knobs.
    """
    if before["scenario"] != after["scenario"]:
        raise ResultUnreadable(f"{before['scenario']} and {after['scenario']} cannot be compared")
    if before["knobs"] != after["knobs"]:
        raise ResultUnreadable("the two were run with different knobs")
    known = {figure["name"]: figure for figure in before["contenders"][0]["figures"]}
    return [_difference(known[f["name"]], f) for f in after["contenders"][0]["figures"] if f["name"] in known]


def worse(found: Sequence[Difference]) -> bool:
    return any(difference.verdict == "worse" for difference in found)


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    old, new = float(before["value"]), float(after["value"])
    changed = abs(new - old) > NOISE * abs(old) if old else new != 0
    improved = (new < old) == (after["better"] == "less")
    verdict = "same" if not changed else "better" if improved else "worse"
    return Difference(after["name"], after["unit"], old, new, verdict)
