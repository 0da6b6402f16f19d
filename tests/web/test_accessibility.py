"""axe finds nothing (WCAG 2.2 AA) on any page, in either scheme, wide and at phone width, in the states that matter."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.web.people import arrive, attendee, create_rooms, join, lane, organizer
from tests.web.running_server import RunningServer

pytestmark = pytest.mark.browser

OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
WIDTHS: dict[str, ViewportSize] = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


def violations(page: Page) -> str:
    """What axe objects to at both widths; an empty string is nothing."""
    found = []
    for name, size in WIDTHS.items():
        page.set_viewport_size(size)
        for violation in Axe().run(page, options=OPTIONS).response["violations"]:
            found += [f"{name}: {violation['id']}: {node['html'][:200]}" for node in violation["nodes"]]
    page.set_viewport_size(WIDTHS["wide"])
    return "\n".join(found)


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    value: str = request.param
    return value


@pytest.mark.parametrize("path", ["/", "/example", "/s/nobody", "/docs"])
def test_page_without_a_person_has_no_violations(browser: Browser, server: RunningServer, scheme: str, path: str) -> None:
    page = browser.new_context(color_scheme=scheme).new_page()  # type: ignore[arg-type]
    page.goto(f"{server.url}{path}", wait_until="networkidle" if path == "/docs" else "load")
    assert violations(page) == ""


@pytest.fixture(scope="module")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Not for development: with a start page that asks for a token."""
    folder: Path = tmp_path_factory.mktemp("closed")
    running = RunningServer(folder / "b.db", dev=False, environment={"BREAKOUT_HMAC_KEY": "k" * 48})
    yield running
    running.stop()


def test_start_page_of_a_server_in_use_has_no_violations(browser: Browser, closed_server: RunningServer, scheme: str) -> None:
    page = browser.new_context(color_scheme=scheme).new_page()  # type: ignore[arg-type]
    page.goto(f"{closed_server.url}/")
    assert violations(page) == ""


def test_attendees_views_have_no_violations(browser: Browser, server: RunningServer, session: str, scheme: str) -> None:
    staff = organizer(browser, server.url, session)
    ann = attendee(browser, server.url, session, color_scheme=scheme)
    expect(ann.page.get_by_text("No open rooms")).to_be_visible()
    assert violations(ann.page) == ""
    create_rooms(staff.page, 2)
    expect(ann.page.get_by_role("button", name="Join: Table 1")).to_be_visible()
    assert violations(ann.page) == ""
    join(ann.page, "Table 1")
    lane(staff.page, "Table 1").get_by_role("button", name="Start timer").click()
    ann.page.get_by_label("Message to this room").fill("Hello")
    ann.page.keyboard.press("Enter")
    ann.page.get_by_role("button", name="I am speaking").click()
    expect(ann.page.get_by_role("timer")).to_be_visible()
    assert violations(ann.page) == ""
    recall(staff.page)
    expect(ann.page.get_by_text("Everybody is called back")).to_be_visible()
    assert violations(ann.page) == ""


def recall(page: Page) -> None:
    page.get_by_role("button", name="Recall everyone").click()
    page.get_by_label("Seconds until then").fill("300")
    page.get_by_role("button", name="Recall", exact=True).click()


def open_new_rooms(page: Page) -> None:
    page.get_by_role("button", name="New rooms").first.click()


def open_assignment(page: Page) -> None:
    page.get_by_role("button", name="Assign people").click()
    page.get_by_text("Rules: who sits together, who apart").click()
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("region", name="Preview").wait_for()


def open_list(page: Page) -> None:
    page.get_by_role("button", name="Assign people").click()
    page.get_by_role("radio", name="From a list").check()


def open_announcement(page: Page) -> None:
    page.get_by_role("button", name="Announce").click()


def open_recall(page: Page) -> None:
    page.get_by_role("button", name="Recall everyone").click()


def open_history(page: Page) -> None:
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="What was changed").click()
    page.get_by_text("created").first.wait_for()


def open_timers(page: Page) -> None:
    page.get_by_role("button", name="Timers").click()


def pick_up(page: Page) -> None:
    page.get_by_role("button", name="Ann Lee").click()


STATES = [open_new_rooms, open_assignment, open_list, open_announcement, open_recall, open_history, open_timers, pick_up, recall]


def test_organizers_views_have_no_violations(browser: Browser, server: RunningServer, session: str, scheme: str) -> None:
    staff = organizer(browser, server.url, session, color_scheme=scheme)
    expect(staff.page.get_by_text("No open rooms")).to_be_visible()
    assert violations(staff.page) == ""
    create_rooms(staff.page, 3)
    ann = attendee(browser, server.url, session)
    join(ann.page, "Table 1")
    ann.page.get_by_role("button", name="Ask for help").click()
    ann.page.get_by_role("button", name="Call an organizer").click()
    expect(staff.page.get_by_role("button", name="I am coming: Table 1")).to_be_visible()
    assert violations(staff.page) == ""
    for enter in STATES:
        check_state(staff.page, enter)


def check_state(page: Page, enter: Callable[[Page], None]) -> None:
    enter(page)
    assert (enter.__name__, violations(page)) == (enter.__name__, "")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_producers_view_has_no_violations(browser: Browser, server: RunningServer, session: str, scheme: str) -> None:
    create_rooms(organizer(browser, server.url, session).page, 2)
    producer = arrive(
        browser, server.url, "/e/demo/producer", name="Pat Producer", role="MODERATOR", session=session, color_scheme=scheme
    )
    expect(producer.page.get_by_role("rowheader", name="Table 2").first).to_be_visible()
    assert violations(producer.page) == ""
