"""A report with everything in it that a page can have."""

from bench.growth import growth_result
from bench.outcome import Bar
from bench.report import report
from tests.bench.results import ABOUT, made, outcome

EVIL = '<script>alert("x")</script> & co'


def full_page() -> str:
    bars = (
        Bar("cpu_us_per_delivery", 1.3, "floor"),
        Bar("deliveries_per_second", 0.8, "floor", "more"),
        Bar("joins_per_second", 1, "socketio"),
    )
    compared = made(*bars, own=outcome(15.0, notes=[EVIL]), floor=outcome(10.0))
    spoiled = made(bars[0], floor=outcome(10.0, faults=["1 deliveries lost"]))
    unpublished = made(own=outcome(share=0.95))
    steps = [
        {"value": n, "costs": {"us per tick": 10.0 + n / 1000, "KiB per room": 9.0}, "faults": list[str]()}
        for n in (250, 500, 1000, 2000)
    ]
    grown = growth_result([{"axis": "rooms", "steps": steps, "spread": {"us per tick": 0.17, "KiB per room": 0.0}}], ABOUT)
    return report([compared, spoiled, unpublished, {**grown, "command": EVIL}])
