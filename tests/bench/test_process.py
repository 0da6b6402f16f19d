import os
import subprocess
import sys

import pytest

from bench.process import Place, busy_seconds, cores, family, open_files, usage


@pytest.fixture
def child():
    """A process with a child of its own, both waiting for the end of stdin."""
    program = "import subprocess, sys; c = subprocess.Popen(['cat'], stdin=0); print(c.pid, flush=True); c.wait()"
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.grandchild = int(process.stdout.readline())  # type: ignore[attr-defined]
    yield process
    process.communicate()


def test_usage_counts_cpu_in_less_than_a_hundredth_of_a_second():
    before = usage(os.getpid()).cpu_seconds
    sum(range(10_000))
    assert usage(os.getpid()).cpu_seconds - before > 0
    assert usage(os.getpid()).resident_kib > 1000


def test_process_is_busy_while_it_runs_and_while_it_waits_for_a_core():
    used = usage(os.getpid()).cpu_seconds
    assert busy_seconds() >= used
    with pytest.raises(ProcessLookupError):
        busy_seconds(2**22 + 1)


def test_usage_of_another_process_is_its_own(child):
    assert 0 < usage(child.pid).cpu_seconds < 5
    assert open_files(child.pid) >= 3


def test_family_is_the_process_and_what_it_started(child):
    assert family(child.pid) == [child.pid, child.grandchild]
    assert {child.pid, child.grandchild} < {*family(os.getpid())}


def test_process_that_is_gone_is_said_to_be(child):
    child.communicate()
    with pytest.raises(ProcessLookupError, match="is gone"):
        usage(child.pid)


def test_process_runs_where_it_is_placed(child):
    Place(cores()[:1]).take(child.pid)
    assert os.sched_getaffinity(child.pid) == set(cores()[:1])
