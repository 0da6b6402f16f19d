"""200 rooms with 1,600 people stay fluid for the organizer: under a scripted load no task of the page takes 100 ms."""

import json
import time
from collections.abc import Iterable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute

from tests.web.crowd import PEOPLE_IN_A_ROOM, ROOMS, Script, snapshot
from tests.web.main_thread import main_thread_watched
from tests.web.people import organizer
from tests.web.running_server import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONGEST_TASK_MS = 100

ROOT = "document.querySelector('breakout-control').shadowRoot"
COUNTS = f"""() => [".lanes > .lane:not([hidden])", ".lanes [data-user]", ".lanes .pill.good"]
  .map((part) => {ROOT}.querySelectorAll(part).length)"""
"""Lanes, people in them, running rooms. Playwright's own locators walk 10,000 nodes in the page and would be measured."""

CLICK = f"""(part) => {{
  const found = {ROOT}.querySelector(part);
  found?.click();
  return found !== null;
}}"""
TYPE = f"""(text) => {{
  const field = {ROOT}.querySelector(".find");
  field.value = text;
  field.dispatchEvent(new Event("input"));
}}"""


class Stage:
    """The organizer's page, with this test in the server's place behind its WebSocket.

    It is open and waits for the session: a fresh browser process spends its first 100 ms on itself, whatever the page does.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.script = Script()
        self._route: WebSocketRoute | None = None
        self.page = organizer(browser, url, "crowd", before=self._prepare).page
        self.page.get_by_text("Connecting…").wait_for()
        self.page.wait_for_load_state("networkidle")

    def _prepare(self, page: Page) -> None:
        page.route_web_socket("**/ws/crowd", self._open)

    def _open(self, route: WebSocketRoute) -> None:
        self._route = route
        route.on_message(lambda text: self._answer(route, json.loads(text)))

    def _answer(self, route: WebSocketRoute, command: dict[str, Any]) -> None:
        data: dict[str, Any] = {"serverAt": _now()} if command["event"] == "breakout.ping" else {"rooms": []}
        route.send(json.dumps({"event": "reply", "id": command.get("id"), "success": True, "data": data}))

    def begin(self, *, seated: bool) -> None:
        self.send([json.dumps({"event": "breakout.session.state", "data": snapshot(_now(), seated=seated)})])

    def send(self, frames: Iterable[str]) -> None:
        assert self._route is not None
        for frame in frames:
            self._route.send(frame)

    def wait(self, lanes: int, people: int, running: int) -> None:
        """Until the page shows so many."""
        for _ in range(300):
            if self.page.evaluate(COUNTS) == [lanes, people, running]:
                return
            self.page.wait_for_timeout(100)
        assert self.page.evaluate(COUNTS) == [lanes, people, running]

    def click(self, part: str) -> None:
        """As soon as it is there: some parts are loaded when they are shown first."""
        for _ in range(100):
            if self.page.evaluate(CLICK, part):
                self.page.wait_for_timeout(300)
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"there is no {part}")

    def find(self, text: str) -> None:
        self.page.evaluate(TYPE, text)


def _now() -> int:
    return int(time.time() * 1000)


def test_board_of_200_rooms_is_drawn_and_kept_true_without_a_long_task(browser: Browser, server: RunningServer) -> None:
    people = ROOMS * PEOPLE_IN_A_ROOM
    stage = Stage(browser, server.url)
    with main_thread_watched(browser) as busy:
        stage.begin(seated=True)
        stage.wait(ROOMS, people, 0)
        stage.send(stage.script.every_timer_starts(_now()))
        stage.wait(ROOMS, people, ROOMS)
        for turn in range(40):
            stage.send(stage.script.murmur(_now(), turn))
            stage.page.wait_for_timeout(50)
        stage.click("[data-user=user-3]")
        stage.click(".carry > .button")
        stage.find("person159")
        stage.wait(3, people, ROOMS)
        stage.find("")
        stage.wait(ROOMS, people, ROOMS)
        stage.click("[aria-label='Edit Table 5']")
    assert busy.longest_task_ms < LONGEST_TASK_MS


def test_1600_people_sitting_down_at_once_make_no_long_task(browser: Browser, server: RunningServer) -> None:
    stage = Stage(browser, server.url)
    with main_thread_watched(browser) as busy:
        stage.begin(seated=False)
        stage.wait(ROOMS, 0, 0)
        stage.send(stage.script.everybody_sits_down(_now()))
        stage.wait(ROOMS, ROOMS * PEOPLE_IN_A_ROOM, 0)
    assert busy.longest_task_ms < LONGEST_TASK_MS
