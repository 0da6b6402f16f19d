import json

import pytest
from attrs import evolve
from click.testing import CliRunner

from bench.cli import main
from bench.prove import barred, wish_for
from bench.scenarios import SCENARIOS


def test_every_scenario_with_a_bar_is_run_with_the_peers_that_its_bars_name():
    assert {scenario.name for scenario in barred()} == {name for name, one in SCENARIOS.items() if one.bars}
    assert wish_for(SCENARIOS["join-storm"], repeat=3).peers == ("socketio",)
    assert wish_for(SCENARIOS["fanout"]).peers == ("floor",)
    assert wish_for(SCENARIOS["idle"]).peers == ()


@pytest.fixture
def small(monkeypatch):
    """One scenario is left, with twenty people."""
    ticks = SCENARIOS["ticks"]
    only = {"ticks": evolve(ticks, defaults=evolve(ticks.defaults, sessions=1, rooms=2, people=20, seconds=0.5))}
    monkeypatch.setattr("bench.prove.SCENARIOS", only)
    monkeypatch.setattr("bench.run.SCENARIOS", only)
    monkeypatch.setattr("bench.arena.SETTLE_SECONDS", 0.2)


@pytest.mark.usefixtures("small")
def test_bars_are_said_and_a_report_is_left_with_its_results(tmp_path):
    said = CliRunner().invoke(main, ["prove", "--html", str(tmp_path / "p.html")])
    assert said.exit_code in (0, 1), said.output
    assert "ticks:\n  " in said.stdout
    assert "cpu_us_per_delivery <= 1.3 x floor (seen" in said.stdout
    assert json.loads((tmp_path / "p-ticks.json").read_text())["scenario"] == "ticks"
    assert "cpu_us_per_delivery" in (tmp_path / "p.html").read_text()
