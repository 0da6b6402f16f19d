"""Markup and characters that turn the direction of writing, wherever people may put text: shown as text, on every page."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.web.people import attendee, organizer, token
from tests.web.running_server import RunningServer

pytestmark = pytest.mark.browser

MARKUP = '<script>window.ran=1</script><img src=x onerror="window.ran=1">'
BACKWARDS = "\u202egnp.tac"  # shown as "cat.png" where it turns what follows it

ROOM, TOPIC, REASON = f"{MARKUP} room", f"{MARKUP} topic {BACKWARDS}", f"{MARKUP} reason {BACKWARDS}"
PERSON = f"{MARKUP[:40]} {BACKWARDS}"


def ask(socket: ClientConnection, event: str, **data: Any) -> dict[str, Any]:
    """The data of a success."""
    socket.send(json.dumps({"event": f"breakout.{event}", "id": event, "data": data}))
    while (frame := json.loads(socket.recv(timeout=20)))["event"] != "reply" or frame["id"] != event:
        pass
    assert frame["success"], frame
    answer: dict[str, Any] = frame["data"]
    return answer


def enter(server: RunningServer, session: str, name: str, role: str) -> ClientConnection:
    return connect(
        f"{server.url.replace('http', 'ws', 1)}/ws/{session}",
        subprotocols=[Subprotocol("breakout.v1")],
        additional_headers={"Authorization": f"Bearer {token(server.url, name, role, session)}"},
        proxy=None,
    )


def assert_nothing_ran(page: Page) -> None:
    assert page.evaluate("() => window.ran") is None
    assert page.locator("img[src=x]").count() == 0  # Playwright's locators look into shadow roots
    assert page.locator("script", has_text="window.ran").count() == 0


def test_markup_and_turned_writing_in_names_topics_and_reasons_are_shown_as_text(
    browser: Browser, server: RunningServer, session: str
) -> None:
    with enter(server, session, "Olga Organizer", "MODERATOR") as staff, enter(server, session, PERSON, "ATTENDEE") as somebody:
        room_id = ask(staff, "room.create", name=ROOM, topic=TOPIC)["room"]["id"]
        ask(somebody, "room.join", roomId=room_id)
        ask(somebody, "help.request", reason=REASON)
        olga, ann = organizer(browser, server.url, session).page, attendee(browser, server.url, session).page
        expect(olga.get_by_role("heading", name=ROOM, exact=True)).to_be_visible()
        expect(olga.locator("[data-user]", has_text=PERSON)).to_be_visible()
        expect(olga.get_by_text(REASON)).to_be_visible()
        expect(ann.get_by_text(TOPIC)).to_be_visible()
        ann.get_by_role("button", name=f"Join: {ROOM}", exact=True).click()
        expect(ann.get_by_role("heading", name=ROOM, level=1)).to_be_visible()
        expect(ann.get_by_text(PERSON).first).to_be_visible()
        for page in (olga, ann):
            assert_nothing_ran(page)
