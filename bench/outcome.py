"""What a scenario found out about one server, and what it had to show."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Literal

from attrs import asdict, evolve, field, frozen

from bench.knobs import Knobs

Better = Literal["less", "more"]


@frozen
class Figure:
    """One number.

    Attributes:
        better: Which direction is an improvement.
        own: Whether it is a matter of the server alone, such as CPU per delivery: it holds although the generator was busy.
    """

    name: str
    value: float
    unit: str
    better: Better = "less"
    own: bool = False


@frozen
class Bar:
    """What a figure has to reach: at most or at least `limit`, or so many times the figure of the contender `against`.

    Attributes:
        given: What it depends on, for its text; `{grace}` stands for the knob.
        least: Knobs that must be at least so high: below, what is paid once is most of what one costs.
    """

    figure: str
    limit: float
    against: str | None = None
    better: Better = "less"
    given: str = ""
    least: Mapping[str, float] = field(factory=dict)

    def met_by(self, value: float, other: float | None) -> bool | None:
        """Whether `value` is good enough; None where there is nothing to compare it with."""
        if self.against is not None and not other:
            return None
        reached = value / other if self.against is not None and other else value
        return reached <= self.limit if self.better == "less" else reached >= self.limit

    def applies(self, knobs: Knobs) -> bool:
        """Whether the run was big enough for it."""
        return all(getattr(knobs, name) >= least for name, least in self.least.items())

    def text(self, knobs: Knobs) -> str:
        """As people read it."""
        sign = "<=" if self.better == "less" else ">="
        against = f" x {self.against}" if self.against else ""
        given = f", {self.given.format_map(asdict(knobs))}" if self.given else ""
        least = "".join(f", from {value:,g} {name} on" for name, value in self.least.items())
        return f"{self.figure} {sign} {self.limit:g}{against}{given}{least}"


@frozen
class Outcome:
    """One run of a scenario on one server.

    Attributes:
        histograms: By what they measure, as text of HdrHistogram.
        generator_share: Share of its core that the busiest process making load used.
        faults: What must not happen and did: deliveries lost, changes lost, a server that died.
    """

    figures: Sequence[Figure]
    histograms: Mapping[str, str] = field(factory=dict)
    generator_share: float = 0.0
    faults: Sequence[str] = ()
    notes: Sequence[str] = ()

    def value(self, name: str) -> float | None:
        return next((figure.value for figure in self.figures if figure.name == name), None)


def median_figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Per figure the median of the runs that have it, in the order of the first."""
    return [
        evolve(f, value=median(v for o in outcomes if (v := o.value(f.name)) is not None))
        for f in outcomes[0].figures
    ]


def as_json(figure: Figure) -> dict[str, Any]:
    return {"name": figure.name, "value": round(figure.value, 4), "unit": figure.unit, "better": figure.better}
