"""The scenarios, each a file or a part of one; `SCENARIOS` has them by name in the order of `breakout-bench list`."""

from collections.abc import Mapping

from bench.scenario import Scenario
from bench.scenarios.arriving import CHURN, JOIN_STORM, RECONNECT_STORM
from bench.scenarios.durable import DURABLE
from bench.scenarios.evening import MIXED, SOAK
from bench.scenarios.fanout import CHAT, FANOUT
from bench.scenarios.idle import IDLE
from bench.scenarios.recall import RECALL
from bench.scenarios.restart import RESTART, START
from bench.scenarios.ticks import TICKS

SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        JOIN_STORM, TICKS, RECALL, FANOUT, CHAT, CHURN, RECONNECT_STORM, RESTART, START, DURABLE, SOAK, IDLE, MIXED,
    )
}  # fmt: skip
