"""Takes the pictures in docs/screenshots: `make screenshots`. A server, forty simulated people, and a look at every page."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.web.conftest import CHROMIUM, FLAGS
from tests.web.people import PHONE, arrive, attendee, organizer
from tests.web.running_server import ROOT, START, RunningServer

FOLDER = ROOT / "docs/screenshots"
WIDE: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
SCHEMES = ("light", "dark")
LIFE_SECONDS = 20


@contextmanager
def life(server: RunningServer) -> Iterator[None]:
    """The people of `breakout demo`, three times as lively."""
    command = [sys.executable, "-c", START, "demo", "--url", server.url, "--db", str(server.db), "--pace", "3"]
    people = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        people.terminate()
        people.wait()


def shoot(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png")
    print(f"docs/screenshots/{name}.png")


def attendees_pages(browser: Browser, url: str, scheme: str) -> None:
    for width, name, context in (("wide", "Ann Lee", WIDE), ("phone", "Bea Lind", PHONE)):
        ann = attendee(browser, url, "demo", name, color_scheme=scheme, **context).page
        expect(ann.get_by_text("Live", exact=True)).to_be_visible()
        if ann.get_by_role("button", name="Leave room").count():  # sits there still from the other scheme
            ann.get_by_role("button", name="Leave room").click()
        expect(ann.get_by_role("button", name="Join").first).to_be_visible()
        shoot(ann, f"rooms-{width}-{scheme}")
        ann.locator("button.primary:enabled", has_text="Join").last.click()
        ann.get_by_label("Message to this room").fill("Shall we write that into the notes?")
        ann.keyboard.press("Enter")
        ann.wait_for_timeout(3000)
        ann.get_by_label("Message to this room").blur()
        ann.evaluate("() => scrollTo(0, 0)")
        shoot(ann, f"room-{width}-{scheme}")


def staff_pages(browser: Browser, url: str, scheme: str) -> None:
    olga = organizer(browser, url, "demo", color_scheme=scheme, **WIDE).page
    expect(olga.locator(".lanes [data-user]").first).to_be_visible()
    shoot(olga, f"organizer-wide-{scheme}")
    olga.get_by_role("button", name="Assign people").click()
    olga.get_by_role("button", name="Preview").click()
    olga.get_by_role("region", name="Preview").wait_for()
    shoot(olga, f"assignment-wide-{scheme}")
    olga.keyboard.press("Escape")
    olga.get_by_role("button", name="Assign people").blur()
    olga.set_viewport_size(PHONE["viewport"])  # type: ignore[arg-type]
    shoot(olga, f"organizer-phone-{scheme}")
    pat = arrive(
        browser, url, "/e/demo/producer", name="Pat Producer", role="MODERATOR", session="demo", color_scheme=scheme, **WIDE
    ).page
    pat.get_by_role("rowheader").first.wait_for()
    shoot(pat, f"producer-wide-{scheme}")


def other_pages(browser: Browser, url: str, scheme: str) -> None:
    page = browser.new_context(color_scheme=scheme, **WIDE).new_page()  # type: ignore[arg-type]
    for path, name in (("/", "start"), ("/example", "example")):
        page.goto(f"{url}{path}")
        page.wait_for_timeout(2000)
        shoot(page, f"{name}-wide-{scheme}")


def main() -> None:
    executable = shutil.which(CHROMIUM)
    if executable is None:
        sys.exit("no Chromium here (Debian: apt-get install chromium)")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        server = RunningServer(Path(folder) / "breakout.db")
        try:
            with life(server):
                browser.new_page().wait_for_timeout(LIFE_SECONDS * 1000)
                for scheme in SCHEMES:
                    attendees_pages(browser, server.url, scheme)
                    staff_pages(browser, server.url, scheme)
                    other_pages(browser, server.url, scheme)
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
