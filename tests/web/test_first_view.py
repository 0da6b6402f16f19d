"""What the first view costs and keeps to itself: at most 60 KB over the wire, a strict policy, no token anywhere to be seen."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.people import arrive, attendee, create_rooms, join, organizer, token
from tests.web.running_server import RunningServer

pytestmark = pytest.mark.browser

FIRST_VIEW_BYTES = 60_000
SHIFT = """() => {
  window.shift = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shift += entry.value; })
    .observe({ type: "layout-shift", buffered: true });
}"""


def counted(received: list[float]) -> Callable[[Page], None]:
    """Adds up what the page receives, as it comes over the wire: compressed, with its headers."""

    def before(page: Page) -> None:
        channel = page.context.new_cdp_session(page)
        channel.send("Network.enable")
        channel.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))

    return before


@pytest.mark.parametrize(
    ("path", "role"), [("/s/{}", "ATTENDEE"), ("/s/{}/manage", "MODERATOR"), ("/e/demo/producer", "MODERATOR")]
)
def test_first_view_takes_at_most_60_kb(browser: Browser, server: RunningServer, session: str, path: str, role: str) -> None:
    received: list[float] = []
    person = arrive(
        browser, server.url, path.format(session), name="Ann Lee", role=role, session=session, before=counted(received)
    )
    expect(person.page.get_by_text("Live", exact=True)).to_be_visible()
    print(f"{path}: {sum(received):.0f} bytes in {len(received)} responses")
    assert 10_000 < sum(received) <= FIRST_VIEW_BYTES
    assert person.complaints == []


def test_token_stands_in_no_address_and_no_log(browser: Browser, server: RunningServer, session: str) -> None:
    addresses: list[str] = []

    def listen(page: Page) -> None:
        page.on("request", lambda request: addresses.append(request.url))

    ann = attendee(browser, server.url, session, before=listen)
    expect(ann.page.get_by_text("Live", exact=True)).to_be_visible()
    kept = json.loads(ann.page.evaluate("() => sessionStorage.getItem('breakout.person')"))["token"]
    signature = kept.rsplit(".", 1)[1]
    assert not [address for address in [*addresses, ann.page.url] if signature in address]
    assert signature not in server.output


def test_inline_script_and_style_are_refused_on_every_page(browser: Browser, server: RunningServer, session: str) -> None:
    page = attendee(browser, server.url, session).page
    page.evaluate("""() => {
      document.body.insertAdjacentHTML("beforeend", '<p id="x" style="color: rgb(1, 2, 3)">x</p>');
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
    }""")
    assert page.evaluate("() => window.ran === undefined")
    assert page.evaluate("() => getComputedStyle(document.getElementById('x')).color") != "rgb(1, 2, 3)"


def test_nothing_jumps_while_rooms_fill(browser: Browser, server: RunningServer, session: str) -> None:
    def watch(page: Page) -> None:
        page.add_init_script(f"({SHIFT})()")

    staff = organizer(browser, server.url, session, before=watch)
    create_rooms(staff.page, 6)
    watcher = attendee(browser, server.url, session, "Wanda Wu", before=watch)
    expect(watcher.page.get_by_role("button", name="Join: Table 6")).to_be_visible()
    before = [shift(person.page) for person in (staff, watcher)]
    for name in ("Ann Lee", "Ben Okri", "Cleo Park"):
        join(attendee(browser, server.url, session, name).page, "Table 1")
    expect(watcher.page.get_by_text("3 of 8 places taken")).to_be_visible()
    grown = [shift(person.page) - start for person, start in zip((staff, watcher), before, strict=True)]
    assert max(grown) < 0.01


def shift(page: Page) -> float:
    value: float = page.evaluate("() => window.shift")
    return value


def test_element_in_a_host_page_takes_its_colours_and_tells_it_what_happens(
    browser: Browser, server: RunningServer, session: str
) -> None:
    create_rooms(organizer(browser, server.url, session).page, 1, "Blue")
    page = browser.new_context().new_page()
    page.goto(f"{server.url}/docs")
    page.evaluate(EMBED, {"session": session, "token": token(server.url, "Gwen Guest", "ATTENDEE", session)})
    button = page.get_by_role("button", name="Join: Blue")
    assert button.evaluate("(button) => getComputedStyle(button).backgroundColor") == "rgb(10, 120, 60)"
    button.click()
    expect(page.get_by_role("heading", name="Blue", level=1)).to_be_visible()
    told: list[Any] = page.evaluate("() => window.told")
    assert {"type": "breakout-seat", "by": "self"}.items() <= told[-1].items()


EMBED = """async ({ session, token }) => {
  await import("/elements/breakout-rooms.js");
  window.told = [];
  const element = document.createElement("breakout-rooms");
  element.setAttribute("session", session);
  element.style.setProperty("--breakout-accent", "rgb(10, 120, 60)");
  element.token = token;
  document.body.addEventListener("breakout-seat", (event) => window.told.push({ type: event.type, ...event.detail }));
  document.body.replaceChildren(element);
}"""
