"""Results as a run leaves them, made from a few figures."""

from typing import Any

from bench.histogram import new_histogram, note, to_text
from bench.knobs import Knobs
from bench.outcome import Bar, Figure, Outcome
from bench.result import contender_result, result
from bench.scenario import Scenario

MACHINE = {"cpu": "A <CPU>", "cores": 2, "memory_gib": 16.0, "kernel": "6.1", "python": "3.11.7", "disk": "ext4",
           "commit": "abc", "load": 0.1, "noisy": False}  # fmt: skip
ABOUT = {"machine": MACHINE, "command": "breakout-bench run ticks --people 8 --rooms 2", "realtime": False,
         "repeat": 1, "workers": 1, "processes": 1, "uncompared": None}  # fmt: skip


def never(*_: Any) -> Outcome:
    raise AssertionError("results are made without running anything")


def scenario(*bars: Bar, name: str = "ticks") -> Scenario:
    return Scenario(name, "a scenario", Knobs(), never, heeds=("people", "rooms", "grace"), bars=bars)


def outcome(cpu: float = 10.0, *, per_second: float = 100.0, share: float = 0.1, **more: Any) -> Outcome:
    """One run: `cpu` microseconds per delivery, so many deliveries a second, and three latencies."""
    latencies = new_histogram()
    for milliseconds in (1, 2, 50):
        note(latencies, milliseconds / 1000)
    figures = [
        Figure("cpu_us_per_delivery", cpu, "us", own=True),
        Figure("deliveries_per_second", per_second, "1/s", "more"),
        Figure("delivery_p99_ms", 50.0, "ms"),
    ]
    return Outcome(figures, {"delivery": to_text(latencies)}, share, **more)


def made(*bars: Bar, own: Outcome | None = None, floor: Outcome | None = None, knobs: Knobs | None = None) -> dict[str, Any]:
    """A result of Breakout, and of the floor where it is given."""
    contenders = [contender_result("breakout", [own or outcome()])]
    contenders += [contender_result("floor", [floor])] if floor is not None else []
    return result(scenario(*bars), knobs or Knobs(), contenders, ABOUT)
