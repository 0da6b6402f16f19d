"""People in a browser: each has a context of their own, as if they sat at different machines."""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import attrs
from playwright.sync_api import Browser, BrowserContext, Page

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@attrs.frozen
class Person:
    """A page, its context, and what its console complained about."""

    page: Page
    context: BrowserContext
    complaints: list[str]


def arrive(
    browser: Browser,
    url: str,
    path: str,
    *,
    name: str,
    session: str,
    role: str = "ATTENDEE",
    before: Callable[[Page], None] = lambda _page: None,
    **context: Any,
) -> Person:
    """Open `path` as somebody.

    Args:
        browser: Where.
        url: The server.
        path: The page.
        name: First and last name.
        session: The one that the person's token is good for.
        role: ATTENDEE or MODERATOR.
        before: Called with the page before it opens anything.
        context: For Playwright: viewport, color_scheme and so on.
    """
    opened = browser.new_context(**{"reduced_motion": "reduce", **context})  # nothing is half faded in when it is looked at
    opened.set_default_timeout(20_000)
    page = opened.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    kept = json.dumps({"token": token(url, name, role, session), "name": name})
    opened.add_init_script(f"sessionStorage.setItem('breakout.person', {json.dumps(kept)})")
    before(page)
    page.goto(f"{url}{path}")
    return Person(page, opened, complaints)


def token(url: str, name: str, role: str, session: str) -> str:
    """As the start page gets it."""
    body = json.dumps({"name": name, "role": role, "session": session}).encode()
    request = urllib.request.Request(f"{url}/dev/token", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        given: str = json.load(response)["token"]
    return given


def organizer(browser: Browser, url: str, session: str, name: str = "Olga Organizer", **context: Any) -> Person:
    return arrive(browser, url, f"/s/{session}/manage", name=name, role="MODERATOR", session=session, **context)


def attendee(browser: Browser, url: str, session: str, name: str = "Ann Lee", **context: Any) -> Person:
    return arrive(browser, url, f"/s/{session}", name=name, session=session, **context)


def create_rooms(page: Page, count: int, name: str = "Table") -> None:
    """Through the organizer's page."""
    page.get_by_role("button", name="New rooms").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("How many").fill(str(count))
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Create").click()
    dialog.wait_for(state="detached")
    page.get_by_role("heading", name=f"{name} {count}" if count > 1 else name).wait_for()


def join(page: Page, room: str) -> None:
    page.get_by_role("button", name=f"Join: {room}", exact=True).click()
    page.get_by_role("heading", name=room, level=1).wait_for()


def lane(page: Page, room: str) -> Any:
    """The organizer's lane of a room."""
    return page.locator(".lane").filter(has=page.get_by_role("heading", name=room, exact=True))
