import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from bench.cli import EXIT_MISSED, main
from bench.outcome import Bar
from bench.process import Place, RealtimeRefused
from bench.progress import progress
from bench.publish import publish
from bench.result import save
from bench.scenarios import SCENARIOS
from tests.bench.results import made, outcome


def bench(*arguments):
    return CliRunner().invoke(main, [str(one) for one in arguments], prog_name="breakout-bench")


def test_list_has_every_scenario_with_its_knobs_and_bars():
    said = bench("list").output
    for name in SCENARIOS:
        assert f"\n{name} " in f"\n{said}"
    assert "--sessions 10 --rooms 250 --people 2000 --seconds 8 --beats 10 --peer floor|websockets|socketio" in said
    assert "must show: cpu_us_per_delivery <= 1.3 x floor" in said


@pytest.mark.parametrize("command", [["--help"], ["run", "--help"], ["growth", "-h"], ["compare", "-h"], ["report", "-h"]])
def test_help_says_what_there_is(command):
    said = bench(*command)
    assert said.exit_code == 0
    assert "Usage: breakout-bench" in said.output


def test_help_of_run_documents_the_exit_codes():
    said = bench("run", "--help").output
    assert "Exit codes: 0  all bars" in said
    assert "--i-own-this-server" in said
    assert "\\b" not in said


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (["run", "nothing"], "there is no scenario nothing"),
        (["run", "ticks", "--rate", "5"], "--rate would do nothing here"),
        (["run", "ticks", "--rooms", "0"], "--rooms must be from 1 to 5000"),
        (["run", "ticks", "--people", "0"], "--people must be from 1 to 20000"),
        (["run", "chat", "--people", "2", "--generators", "3"], "--generators 3 is more than there are people"),
        (["run", "fanout", "--seconds", "31"], "--seconds must be from 0.1 to 30"),
        (["run", "chat", "--url", "http://example.com", "--key-file", "k"], "example.com is not this machine"),
        (["run", "chat", "--tokens", "k"], "that --url names"),
        (["compare", "none.json", "none.json"], "none.json cannot be read"),
        (["report", "none.json"], "none.json cannot be read"),
    ],
)
def test_refusal_is_one_line_that_says_why_and_exits_with_two(arguments, because):
    said = bench(*arguments)
    assert said.exit_code == 2
    assert said.stderr.startswith("breakout-bench: ")
    assert because in said.stderr
    assert said.stderr.count("\n") == 1


def test_restart_needs_a_room_that_stays():
    said = bench("run", "restart", "--rooms", "5", "--rounds", "5")
    assert said.exit_code == 2
    assert "breakout-bench: --rounds must be fewer than --rooms" in said.stderr


def test_missing_node_is_told_before_anything_runs(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    said = bench("run", "chat", "--peer", "socketio")
    assert said.exit_code == 2
    advice = "the peer socketio needs Node.js with npm on the PATH; install it, or leave out --peer socketio"
    assert said.stderr == f"breakout-bench: {advice}\n"


@pytest.mark.parametrize(("package", "arguments"), [("hdrh", ["list"]), ("websockets", ["run", "chat", "--peer", "websockets"])])
def test_missing_package_is_told_with_what_to_install(package, arguments):
    """In an interpreter of its own: what is imported with the command line counts too."""
    code = f"import runpy, sys; sys.modules[{package!r}] = None; runpy.run_module('bench', run_name='__main__')"
    said = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert said.stderr == f"breakout-bench: {package} is not installed; run: pip install 'breakout[bench]'\n"
    assert said.returncode == 2


def test_server_that_does_not_listen_is_told_as_such(tmp_path):
    (tmp_path / "key").write_text("k" * 48)
    said = bench("run", "chat", "--url", "http://127.0.0.1:1", "--key-file", tmp_path / "key")
    assert said.exit_code == 2
    assert "nobody listens there" in said.stderr


def test_realtime_without_permission_is_told_with_what_to_do(monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    with pytest.raises(RealtimeRefused, match="needs root or CAP_SYS_NICE"):
        Place(realtime=True).take(os.getpid())
    assert "--realtime needs root" in bench("run", "start", "--rooms", "1", "--realtime").stderr


def test_compare_exits_with_one_where_something_got_worse(tmp_path):
    save(made(own=outcome(10.0)), tmp_path / "a.json")
    save(made(own=outcome(20.0)), tmp_path / "b.json")
    worse = bench("compare", tmp_path / "a.json", tmp_path / "b.json")
    assert worse.exit_code == EXIT_MISSED
    assert "2.00 x" in worse.output
    better = bench("compare", tmp_path / "b.json", tmp_path / "a.json")
    assert (better.exit_code, "better" in better.output) == (0, True)


@pytest.mark.parametrize(
    ("after", "because"),
    [(outcome(faults=["1 deliveries lost"]), "after: 1 deliveries lost"), (outcome(share=0.9), "after: the generator used 90%")],
)
def test_compare_exits_with_one_where_the_later_run_is_worth_nothing(tmp_path, after, because):
    save(made(), tmp_path / "a.json")
    save(made(own=after), tmp_path / "b.json")
    said = bench("compare", tmp_path / "a.json", tmp_path / "b.json")
    assert said.exit_code == EXIT_MISSED
    assert because in said.output


def test_result_is_kept_beside_the_report(tmp_path):
    publish(made(), None, tmp_path / "r.html")
    assert (tmp_path / "r.json").exists()


def test_report_puts_several_results_into_one_page(tmp_path):
    save(made(own=outcome(10.0)), tmp_path / "a.json")
    said = bench("report", tmp_path / "a.json", tmp_path / "a.json", "--html", tmp_path / "r.html")
    assert said.output == f"wrote {tmp_path / 'r.html'}\n"
    assert (tmp_path / "r.html").read_text().count("<section>") == 2


def test_table_has_ratios_bars_faults_and_refusals(capsys):
    bar, floor = Bar("cpu_us_per_delivery", 1.3, "floor"), outcome(10.0, faults=["1 deliveries lost"])
    assert publish(made(bar, own=outcome(15.0, share=0.9), floor=outcome(10.0)), None, None)
    assert publish(made(bar, floor=floor), None, None)
    said = capsys.readouterr().out
    for text in (
        "MISSED: cpu_us_per_delivery <= 1.3 x floor (seen 15, against 10: 1.50 x)",
        "not compared: cpu_us_per_delivery <= 1.3 x floor (seen 10, against 10: 1.00 x): floor had faults or",
        "floor: FAULT: 1 deliveries lost",
        "a single run",
        "breakout: rates and latencies are not published",
        "the load took 90% of a core",
    ):
        assert text in said


def test_progress_is_plain_lines_where_there_is_no_terminal(capsys):
    with progress(2) as say:
        say("first")
        say("second")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == ["[1/2]", "[2/2]"]
    assert lines[1].endswith("second")
