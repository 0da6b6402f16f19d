"""The whole evening in real browsers: two organizers, three attendees, one of them on a phone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.cable import Cable
from tests.web.people import PHONE, Person, attendee, create_rooms, join, lane, organizer
from tests.web.running_server import RunningServer

pytestmark = pytest.mark.browser


class Evening:
    """Everybody is there; three tables stand ready."""

    def __init__(self, browser: Browser, url: str, session: str) -> None:
        self.olga = organizer(browser, url, session, "Olga Organizer")
        self.otto = organizer(browser, url, session, "Otto Organizer")
        create_rooms(self.olga.page, 3)
        self.ann = attendee(browser, url, session, "Ann Lee")
        self.ben = attendee(browser, url, session, "Ben Okri")
        self.cleo = attendee(browser, url, session, "Cleo Park", **PHONE)

    @property
    def everybody(self) -> list[Person]:
        return [self.olga, self.otto, self.ann, self.ben, self.cleo]

    def seat(self) -> None:
        """Ann and Ben at the first table, Cleo at the second."""
        join(self.ann.page, "Table 1")
        join(self.ben.page, "Table 1")
        join(self.cleo.page, "Table 2")
        expect(lane(self.olga.page, "Table 2").get_by_role("button", name="Cleo Park")).to_be_visible()
        expect(self.olga.page.locator(".lobby [data-user]")).to_have_count(2)


@pytest.fixture
def evening(browser: Browser, server: RunningServer, session: str) -> Evening:
    return Evening(browser, server.url, session)


def write(page: Page, text: str) -> None:
    page.get_by_label("Message to this room").fill(text)
    page.keyboard.press("Enter")


def test_both_organizers_see_people_arrive_and_sit_down(evening: Evening) -> None:
    evening.seat()
    for staff in (evening.olga.page, evening.otto.page):
        expect(lane(staff, "Table 1").locator("[data-user]")).to_have_count(2)
        expect(lane(staff, "Table 2").get_by_role("button", name="Cleo Park")).to_be_visible()
    assert [person.complaints for person in evening.everybody] == [[], [], [], [], []]


def test_chat_reaches_the_room_as_text_and_no_other_room(evening: Evening) -> None:
    evening.seat()
    markup = '<img src=x onerror="document.title=1"> & <b>bold</b>'
    write(evening.ann.page, markup)
    expect(evening.ben.page.get_by_role("log").get_by_text(markup)).to_be_visible()
    assert evening.ben.page.get_by_role("log").locator("img, b").count() == 0
    assert evening.cleo.page.get_by_text("onerror").count() == 0


def test_countdown_shows_the_same_second_on_every_device(evening: Evening) -> None:
    evening.seat()
    lane(evening.olga.page, "Table 1").get_by_role("button", name="Start timer").click()
    clocks = [person.page.get_by_role("timer") for person in (evening.ann, evening.ben)]
    for clock in clocks:
        expect(clock).to_have_text(re.compile(r"^14:\d\d$"))
    changes = [person.page.evaluate(NEXT_CHANGE) for person in (evening.ann, evening.ben)]
    ends = [change["at"] + 1000 * change["left"] for change in changes]
    assert abs(ends[0] - ends[1]) < 250


NEXT_CHANGE = """() => new Promise((resolve) => {
  const clock = document.querySelector("breakout-rooms").shadowRoot.querySelector("[role=timer]");
  new MutationObserver((_, watcher) => {
    watcher.disconnect();
    const [minutes, seconds] = clock.textContent.split(":").map(Number);
    resolve({ at: Date.now(), left: 60 * minutes + seconds });
  }).observe(clock, { characterData: true, childList: true, subtree: true });
})"""
"""When the clock next changes, and what it shows then: their sum is when it will show nothing."""


def test_call_for_help_is_answered_by_the_other_organizer(evening: Evening) -> None:
    evening.seat()
    ben = evening.ben.page
    ben.get_by_role("button", name="Ask for help").click()
    ben.get_by_label("What is it about?").fill("We have no slides")
    ben.get_by_role("button", name="Call an organizer").click()
    queue = evening.otto.page.get_by_role("region", name=re.compile("Help"))
    expect(queue.get_by_text("We have no slides")).to_be_visible()
    queue.get_by_role("button", name="I am coming: Table 1").click()
    expect(ben.get_by_text("Otto Organizer is coming")).to_be_visible()
    queue.get_by_role("button", name="Done: Table 1").click()
    expect(ben.get_by_role("button", name="Ask for help")).to_be_visible()


def test_person_dragged_to_another_room_finds_themselves_there(evening: Evening) -> None:
    evening.seat()
    olga = evening.olga.page
    olga.get_by_role("button", name="Cleo Park").drag_to(lane(olga, "Table 1").locator("h3"))
    expect(evening.cleo.page.get_by_role("heading", name="Table 1", level=1)).to_be_visible()
    expect(evening.cleo.page.locator(".toast", has_text="An organizer placed you in Table 1.")).to_be_visible()
    olga.locator(".toast").get_by_role("button", name="Undo").click()
    expect(evening.cleo.page.get_by_role("heading", name="Table 2", level=1)).to_be_visible()


def test_person_is_moved_by_keyboard_alone_and_every_step_is_announced(evening: Evening) -> None:
    evening.seat()
    olga = evening.olga.page
    spoken = olga.locator(".unseen[role=status]")
    olga.get_by_role("button", name="Cleo Park").focus()
    olga.keyboard.press("Enter")
    expect(spoken).to_contain_text("Cleo Park picked up")
    olga.keyboard.press("ArrowDown")
    expect(spoken).to_contain_text("Table 3, 0 of 8. Enter to place Cleo Park here.")
    olga.keyboard.press("Enter")
    expect(spoken).to_contain_text("Cleo Park moved to Table 3.")
    moved = lane(olga, "Table 3").get_by_role("button", name="Cleo Park")
    expect(moved).to_be_focused()
    olga.keyboard.press("Enter")
    olga.keyboard.press("Escape")
    expect(spoken).to_contain_text("nobody was moved")


def test_announcement_is_read_in_every_room(evening: Evening) -> None:
    evening.seat()
    olga = evening.olga.page
    olga.get_by_role("button", name="Announce").click()
    olga.get_by_label("Text").fill("Ten minutes to the break")
    olga.get_by_role("button", name="Send").click()
    for page in (evening.ann.page, evening.ben.page, evening.cleo.page):
        expect(page.get_by_role("log").get_by_text("Ten minutes to the break")).to_be_visible()


def test_recall_collects_every_receipt_and_rooms_can_be_opened_again(evening: Evening) -> None:
    evening.seat()
    olga = evening.olga.page
    olga.get_by_role("button", name="Recall everyone").click()
    olga.get_by_label("Seconds until then").fill("2")
    olga.get_by_role("button", name="Recall", exact=True).click()
    expect(evening.cleo.page.get_by_text("Everybody is called back to the main session.")).to_be_visible()
    expect(evening.otto.page.get_by_text("3 of 3 back")).to_be_visible()
    for page in (evening.ann.page, evening.ben.page, evening.cleo.page):
        expect(page.get_by_text("You are back in the main session.")).to_be_visible()
    olga.get_by_role("button", name="Reopen Table 1").click()
    expect(evening.ann.page.get_by_role("heading", name="Table 1", level=1)).to_be_visible()


def test_people_are_assigned_as_the_preview_said_and_back_again(evening: Evening) -> None:
    olga = evening.olga.page
    expect(olga.get_by_role("heading", name="Main session 5")).to_be_visible()
    olga.get_by_role("button", name="Close Table 3").click()
    olga.get_by_label("When").select_option("At once")
    olga.get_by_role("button", name="Close the room").click()
    expect(lane(olga, "Table 3")).to_have_count(0)
    olga.get_by_role("button", name="Assign people").click()
    olga.get_by_text("Rules: who sits together, who apart").click()
    olga.get_by_label("Together").fill("Ann Lee, Cleo Park")
    olga.get_by_role("button", name="Preview").click()
    plan = olga.get_by_role("region", name="Preview").get_by_role("listitem")
    together = plan.filter(has_text="Ann Lee")
    expect(together).to_contain_text("Cleo Park")
    room = together.locator(".strong").inner_text()
    olga.get_by_role("button", name="Apply to 3 people").click()
    expect(evening.ann.page.get_by_role("heading", name=room, level=1)).to_be_visible()
    expect(evening.cleo.page.get_by_role("heading", name=room, level=1)).to_be_visible()
    olga.locator(".toast").get_by_role("button", name="Undo").click()
    expect(evening.ann.page.get_by_role("heading", name="Breakout rooms")).to_be_visible()


def test_list_with_a_wrong_line_is_refused_and_a_right_one_applied(evening: Evening) -> None:
    olga = evening.olga.page
    expect(olga.get_by_role("heading", name="Main session 5")).to_be_visible()
    olga.get_by_role("button", name="Assign people").click()
    olga.get_by_role("radio", name="From a list").check()
    olga.get_by_label("List", exact=True).fill('person;room\n"Ann Lee";Table 2\nNobody;Table 1')
    olga.get_by_role("button", name="Preview").click()
    expect(olga.get_by_role("dialog").get_by_role("alert")).to_contain_text("Line 3")
    olga.get_by_label("List", exact=True).fill("Ann Lee, Table 2\nben-okri\ttable 3")
    olga.get_by_role("button", name="Preview").click()
    olga.get_by_role("button", name="Apply to 2 people").click()
    expect(evening.ann.page.get_by_role("heading", name="Table 2", level=1)).to_be_visible()
    expect(evening.ben.page.get_by_role("heading", name="Table 3", level=1)).to_be_visible()


def test_attendance_is_downloaded_with_everybody_in_it(evening: Evening) -> None:
    evening.seat()
    olga = evening.olga.page
    expect(lane(olga, "Table 1").locator("[data-user]")).to_have_count(2)
    olga.get_by_role("button", name="More", exact=True).click()
    with olga.expect_download() as download:
        olga.get_by_role("button", name="Download attendance").click()
    text = download.value.path().read_text()
    assert all(name in text for name in ("ann-lee", "ben-okri", "cleo-park"))


def test_full_room_says_so_and_lets_nobody_in(evening: Evening) -> None:
    olga = evening.olga.page
    olga.get_by_role("button", name="Edit Table 1").click()
    olga.get_by_label("Places").fill("1")
    olga.get_by_role("button", name="Save").click()
    expect(evening.ann.page.get_by_text("0 of 1 places taken")).to_be_visible()
    join(evening.ann.page, "Table 1")
    expect(evening.ben.page.get_by_role("button", name="Room full: Table 1")).to_be_disabled()


def test_everybody_finds_their_place_after_the_server_was_killed(evening: Evening, server: RunningServer) -> None:
    evening.seat()
    lane(evening.olga.page, "Table 1").get_by_role("button", name="Start timer").click()
    write(evening.ann.page, "before the cut")
    expect(evening.ben.page.get_by_role("log").get_by_text("before the cut")).to_be_visible()
    server.kill()
    expect(evening.ann.page.get_by_text("Reconnecting…")).to_be_visible()
    write(evening.ann.page, "written while away")
    server.start_again()
    for person in evening.everybody:
        expect(person.page.get_by_text("Live", exact=True)).to_be_visible(timeout=30_000)
    log = evening.ben.page.get_by_role("log")
    expect(log.get_by_text("before the cut")).to_have_count(1)
    expect(log.get_by_text("written while away")).to_have_count(1)
    expect(evening.ann.page.get_by_role("timer")).to_have_text(re.compile(r"^14:\d\d$"))
    expect(lane(evening.otto.page, "Table 1").locator("[data-user]")).to_have_count(2)


@pytest.fixture
def cable(server: RunningServer) -> Iterator[Cable]:
    laid = Cable(server.url)
    yield laid
    laid.close()


def test_person_whose_network_was_cut_keeps_seat_and_words(
    evening: Evening, browser: Browser, cable: Cable, session: str
) -> None:
    dora = attendee(browser, cable.url, session, "Dora Diaz").page
    join(dora, "Table 3")
    cable.cut()
    expect(dora.get_by_text("Reconnecting…")).to_be_visible()
    expect(lane(evening.olga.page, "Table 3").get_by_role("button", name=re.compile("Dora Diaz.*away"))).to_be_visible()
    write(dora, "said into the dark")
    cable.mend()
    expect(dora.get_by_text("Live", exact=True)).to_be_visible(timeout=30_000)
    expect(dora.get_by_role("heading", name="Table 3", level=1)).to_be_visible()
    expect(dora.get_by_role("log").get_by_text("said into the dark")).to_have_count(1)
    expect(lane(evening.olga.page, "Table 3").get_by_role("button", name="Dora Diaz", exact=True)).to_be_visible()
