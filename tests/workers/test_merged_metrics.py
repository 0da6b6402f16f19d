"""The metrics of all processes as those of one server."""

from gateway.workers.merged_metrics import FRONT, MergedMetrics, Scrape

FAMILIES = """
# HELP breakout_frames_total F
# TYPE breakout_frames_total counter
breakout_frames_total {frames}
# HELP breakout_commands_total C
# TYPE breakout_commands_total counter
breakout_commands_total{{event="x",outcome="success"}} {frames}
# HELP breakout_answer_seconds A
# TYPE breakout_answer_seconds histogram
breakout_answer_seconds_bucket{{event="x",le="0.1"}} 1
breakout_answer_seconds_bucket{{event="x",le="+Inf"}} {frames}
breakout_answer_seconds_count{{event="x"}} {frames}
breakout_answer_seconds_sum{{event="x"}} 0.5
# HELP breakout_people P
# TYPE breakout_people gauge
breakout_people {people}
# HELP breakout_ready R
# TYPE breakout_ready gauge
breakout_ready {ready}
# HELP breakout_info I
# TYPE breakout_info gauge
breakout_info{{version="1"}} 1
# HELP breakout_mailbox_high_depth H
# TYPE breakout_mailbox_high_depth gauge
breakout_mailbox_high_depth {people}
# HELP breakout_sockets_open S
# TYPE breakout_sockets_open gauge
breakout_sockets_open {people}
# HELP process_cpu_seconds_total U
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total {frames}
"""


def scrape(number: int, life: int = 1, *, frames: float = 1, people: int = 1, ready: int = 1) -> Scrape:
    return Scrape(number, life, FAMILIES.format(frames=frames, people=people, ready=ready))


def merged(metrics: MergedMetrics, *scrapes: Scrape) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in metrics.merge(scrapes).decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_counters_histograms_and_amounts_are_added_up() -> None:
    found = merged(MergedMetrics(), scrape(1, frames=5, people=3), scrape(2, frames=7, people=4))
    assert found["breakout_frames_total"] == 12
    assert found['breakout_commands_total{event="x",outcome="success"}'] == 12
    assert found['breakout_answer_seconds_bucket{event="x",le="0.1"}'] == 2
    assert found['breakout_answer_seconds_bucket{event="x",le="+Inf"}'] == 12
    assert found['breakout_answer_seconds_sum{event="x"}'] == 1.0
    assert found["breakout_people"] == 7


def test_worst_highest_and_constant_are_not_added_up() -> None:
    found = merged(MergedMetrics(), scrape(1, people=3), scrape(2, people=9, ready=0))
    assert (found["breakout_ready"], found["breakout_mailbox_high_depth"], found['breakout_info{version="1"}']) == (0, 9, 1)


def test_counters_do_not_run_backwards_when_a_worker_begins_anew() -> None:
    metrics = MergedMetrics()
    seen = [
        merged(metrics, scrape(1, 1, frames=100), scrape(2, 1, frames=10)),
        merged(metrics, scrape(2, 1, frames=11)),  # the first is away
        merged(metrics, scrape(1, 2, frames=1), scrape(2, 1, frames=12)),
        merged(metrics, scrape(1, 2, frames=5), scrape(2, 1, frames=12)),
        merged(metrics, scrape(1, 3, frames=0), scrape(2, 1, frames=12)),
    ]
    assert [found["breakout_frames_total"] for found in seen] == [110, 111, 113, 117, 117]
    assert [found['breakout_answer_seconds_count{event="x"}'] for found in seen] == [110, 111, 113, 117, 117]


def test_processes_are_told_apart() -> None:
    found = merged(MergedMetrics(), scrape(FRONT, frames=2), scrape(1, frames=5))
    assert found['process_cpu_seconds_total{worker="front"}'] == 2
    assert found['process_cpu_seconds_total{worker="1"}'] == 5


def test_connections_are_counted_by_the_front_alone() -> None:
    assert merged(MergedMetrics(), scrape(FRONT, people=7), scrape(1, people=3))["breakout_sockets_open"] == 7


def test_documentation_and_types_stay() -> None:
    text = MergedMetrics().merge([scrape(1), scrape(2)]).decode()
    assert "# HELP breakout_frames_total F\n# TYPE breakout_frames_total counter\n" in text
    assert "# TYPE breakout_answer_seconds histogram\n" in text
