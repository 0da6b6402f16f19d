"""The metrics of all workers and of the front as those of one server.

Counters and histograms are added up, and go on over a worker's death: what it had counted when it was last asked stays counted, so
that no sum runs backwards. Gauges are added up too, but for those that say whether all is well (the worst) and those that say how
high something was, or what each worker has a copy of (the highest). `process_...` is each process's own, told apart by the label
`worker`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from attrs import define, field, frozen
from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

FRONT: Final = 0
"""The front's number among those that are scraped."""

KNOWN_BY_FRONT: Final = frozenset({"breakout_sockets_open", "breakout_sockets_accepted"})
"""The front accepts every connection and holds the limits; workers count those that it gave them once more."""

WORST: Final = frozenset({"breakout_ready", "breakout_store_healthy"})
HIGHEST: Final = re.compile(r"breakout_(?:info|.*_high_.*|jwks_keys|jwks_age_seconds)\Z")
GROWING: Final = frozenset({"counter", "histogram"})

Key = tuple[str, tuple[tuple[str, str], ...]]


@frozen
class Scrape:
    """Attributes: number: Of the worker. life: Of its process. text: As it answers at /metrics."""

    number: int
    life: int
    text: str


@frozen
class _Sample:
    family: Metric
    key: Key
    value: float


@define
class MergedMetrics:
    """Remembers what each life had counted when it was last asked."""

    _counted: dict[int, tuple[int, dict[Key, float]]] = field(factory=dict)
    _past: Counter[Key] = field(factory=Counter)

    def merge(self, scrapes: Iterable[Scrape]) -> bytes:
        """All of `scrapes` as one, in the text format."""
        families: dict[str, Metric] = {}
        values: dict[str, dict[Key, float]] = {}
        for scrape in scrapes:
            growing: dict[Key, float] = {}
            for sample in _samples(scrape):
                name = sample.family.name
                families.setdefault(name, Metric(name, sample.family.documentation, sample.family.type))
                known = values.setdefault(name, {})
                if sample.family.type in GROWING and not name.startswith("process_"):
                    growing[sample.key] = sample.value
                    known[sample.key] = 0.0
                else:
                    known[sample.key] = _together(name, known.get(sample.key), sample.value)
            self._remember(scrape, growing)
        totals = self._totals()
        for name, family in families.items():
            for (sample_name, labels), value in values[name].items():
                family.add_sample(sample_name, dict(labels), totals.get((sample_name, labels), value))
        return generate_latest(_Families(families.values()))

    def _remember(self, scrape: Scrape, growing: dict[Key, float]) -> None:
        """Take over what a life has counted; what an earlier one had is past."""
        life, counted = self._counted.get(scrape.number, (scrape.life, {}))
        if life != scrape.life:
            self._past.update(counted)
        self._counted[scrape.number] = (scrape.life, growing)

    def _totals(self) -> Counter[Key]:
        totals = Counter(self._past)
        for _, counted in self._counted.values():
            totals.update(counted)
        return totals


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _samples(scrape: Scrape) -> Iterator[_Sample]:
    for family in text_string_to_metric_families(scrape.text):
        if family.name in KNOWN_BY_FRONT and scrape.number != FRONT:
            continue
        own = {"worker": str(scrape.number or "front")} if family.name.startswith("process_") else {}
        for sample in family.samples:
            yield _Sample(family, (sample.name, tuple(sorted({**sample.labels, **own}.items()))), sample.value)


def _together(name: str, known: float | None, value: float) -> float:
    if known is None:
        return value
    if name in WORST:
        return min(known, value)
    return max(known, value) if HIGHEST.match(name) else known + value
