"""One Chromium for all tests of the web app, one server for each file. Without Chromium they are left out, and say so;
in CI they fail."""

import itertools
import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.web.running_server import RunningServer

CHROMIUM = os.environ.get("CHROMIUM", "chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)
NUMBERS = itertools.count(1)

expect.set_options(timeout=20_000)  # only what fails waits so long; a busy machine may need seconds


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Playwright's loop counts as running in this thread until it is stopped, so no test elsewhere may come in between."""
    executable = shutil.which(CHROMIUM)
    if executable is None:
        leave_out = pytest.fail if "CI" in os.environ else pytest.skip
        leave_out("no Chromium here (Debian: apt-get install chromium), so nothing was tried in a real browser")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path_factory.mktemp("server") / "breakout.db")
    yield running
    running.stop()


@pytest.fixture
def session() -> str:
    """A session that no other test uses."""
    return f"session-{next(NUMBERS)}"


@pytest.fixture(autouse=True)
def close_contexts(request: pytest.FixtureRequest) -> Iterator[None]:
    """People leave when their test is over."""
    yield
    if "browser" in request.fixturenames:
        for context in request.getfixturevalue("browser").contexts:
            context.close()
