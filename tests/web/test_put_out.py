"""Whom an operator puts out is told so, kindly and once: no other try is offered, and none is made."""

import json
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from gateway.pages import user_id
from tests.web.people import Person, arrive, attendee, create_rooms, join, organizer, token
from tests.web.running_server import ROOT, START, RunningServer

pytestmark = pytest.mark.browser

REVOKED = "An operator has ended your access to this server. You may ask the organizer about it."
EVICTED = "An operator has ended your access to this session. You may ask the organizer about it."

VIEWS = {"ATTENDEE": "/s/{}", "MODERATOR": "/s/{}/manage"}


def operate(server: RunningServer, *command: str) -> None:
    """What an operator does at the server's machine."""
    options = ["--url", server.url, "--db", str(server.db)]
    subprocess.run([sys.executable, "-c", START, *command, *options], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def counted(sockets: list[str]) -> Callable[[Page], None]:
    """Notes every connection of a page, whose clock can be turned on."""

    def before(page: Page) -> None:
        page.on("websocket", lambda socket: sockets.append(socket.url))
        page.clock.install()

    return before


def notice(page: Page) -> Locator:
    return page.get_by_role("alert").filter(has_text=re.compile("."))


def assert_told(page: Page, text: str) -> None:
    expect(notice(page)).to_have_text(text)
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


@pytest.mark.parametrize("role", VIEWS)
def test_page_of_somebody_revoked_says_so_and_tries_no_more(
    browser: Browser, server: RunningServer, session: str, role: str
) -> None:
    sockets: list[str] = []
    name, path = f"{role} Revoked", VIEWS[role].format(session)
    person = arrive(browser, server.url, path, name=name, role=role, session=session, before=counted(sockets))
    expect(person.page.get_by_text("Live", exact=True)).to_be_visible()
    operate(server, "revoke", user_id(name))
    for visit in (1, 2):  # the open connection is closed; after a reload the handshake is refused
        assert_told(person.page, REVOKED)
        person.page.clock.run_for(120_000)
        assert_told(person.page, REVOKED)
        assert len(sockets) == visit
        person.page.reload()


def test_page_of_somebody_evicted_says_which_session_and_tries_no_more(
    browser: Browser, server: RunningServer, session: str
) -> None:
    create_rooms(organizer(browser, server.url, session).page, 1, "Blue")
    page = attendee(browser, server.url, session, "Eve Evicted").page
    join(page, "Blue")
    operate(server, "evict", session, user_id("Eve Evicted"))
    assert_told(page, EVICTED)
    page.reload()
    assert_told(page, EVICTED)


def test_producers_page_of_somebody_revoked_says_so_and_asks_no_more(browser: Browser, server: RunningServer) -> None:
    asked: list[str] = []

    def before(page: Page) -> None:
        page.on("request", lambda request: asked.append(request.url) if "/api/events/" in request.url else None)
        page.clock.install()

    name = "Pia Producer"
    person = arrive(browser, server.url, "/e/demo/producer", name=name, role="MODERATOR", session="demo", before=before)
    expect(person.page.get_by_text("Live", exact=True)).to_be_visible()
    operate(server, "revoke", user_id(name))
    person.page.clock.run_for(5_000)
    assert_told(person.page, REVOKED)
    asked.clear()
    person.page.clock.run_for(120_000)
    assert asked == []


def _with_token(person: Person, given: str) -> None:
    """Open the page again as somebody with this token."""
    kept = json.dumps({"token": given, "name": "Somebody"})
    person.context.add_init_script(f"sessionStorage.setItem('breakout.person', {json.dumps(kept)})")
    person.page.reload()


def test_wrong_sign_ins_are_told_apart_from_being_put_out(browser: Browser, server: RunningServer, session: str) -> None:
    ann = attendee(browser, server.url, session)
    expect(ann.page.get_by_text("Live", exact=True)).to_be_visible()
    good = token(server.url, "Ann Lee", "ATTENDEE", session)
    for given, text in (
        (token(server.url, "Ann Lee", "ATTENDEE", "elsewhere"), "This sign-in is not good for this session."),
        (f"{good[:-4]}AAAA", "The server does not accept this sign-in."),
    ):
        _with_token(ann, given)
        expect(notice(ann.page)).to_contain_text(text)
        expect(ann.page.get_by_role("button", name="Try again")).to_be_visible()
