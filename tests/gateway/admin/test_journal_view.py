"""Every event there is, as an operator sees it."""

import json

import orjson
import pytest
from attrs import evolve
from hypothesis import given

from breakout import room_events as ev
from breakout.chat import Message
from breakout.countdown import start
from breakout.identity import User
from breakout.ports import StoredEntry
from breakout.room import HelpRequest
from breakout.room_events import RoomEvent
from breakout.session import SessionEvent
from gateway.admin.journal_view import entry_view
from tests.fakes.changes import NOW, room
from tests.fakes.strategies import any_of

ANN = User("ann", "Ann", "Attendee")
HELP = HelpRequest("h1", ANN, "swordfish", NOW)
MESSAGE = Message("m1", "r1", ANN, "swordfish", NOW)


def entry(event: RoomEvent | SessionEvent) -> StoredEntry:
    return StoredEntry(7, "r1", "c1", "test", ANN, NOW, event)


@given(event=any_of(RoomEvent | SessionEvent))
def test_every_event_is_shown_as_json_under_its_name(event) -> None:
    shown = orjson.loads(orjson.dumps(entry_view(entry(event))))
    assert (shown["position"], shown["kind"], shown["by"]["id"]) == (7, type(event).__name__, "ann")


@pytest.mark.parametrize(
    "event",
    [ev.MessageSent(MESSAGE), ev.HelpRequested(HELP), ev.RoomCreated(evolve(room(), messages=(MESSAGE,), help=HELP))],
)
def test_what_people_wrote_is_left_out(event: RoomEvent) -> None:
    assert "swordfish" not in json.dumps(entry_view(entry(event)))


def test_timer_is_shown_with_its_deadline() -> None:
    countdown = start(600, NOW)
    assert entry_view(entry(ev.TimerStarted(countdown, NOW)))["data"]["countdown"]["endsAt"] == countdown.ends_at
