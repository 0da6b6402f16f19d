"""What the report says of stays, and that it says the same as the journal."""

import csv
import io
from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest
from attrs import AttrsInstance
from hypothesis import given
from hypothesis import strategies as st

from breakout import room_events as ev
from breakout.contract import commands as c
from breakout.ports import Stay, StoredEntry
from gateway.api.attendance import COLUMNS, stay_seconds
from gateway.api.refused import ApiRefused
from tests.gateway.api.harness import Api

REPORT = "/api/sessions/demo/attendance"
PEOPLE = ("ana", "ben", "eva", "ida")


async def rows(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await api.json(f"{REPORT}.json"))["rows"]
    return found


async def lines(api: Api) -> list[dict[str, str]]:
    """The CSV as a program reads it."""
    answer = await api.get(f"{REPORT}.csv")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))


async def test_each_stay_has_a_row_with_its_person_room_times_and_speech(api: Api) -> None:
    room = await api.room("Blue")
    await api.come("ana")
    await api.do(c.JoinRoom(room), user="ana")
    await api.do(c.StartSpeaking(), user="ana")
    api.clock.ahead_ms += 7_000
    await api.do(c.StopSpeaking(), user="ana")
    api.clock.ahead_ms += 53_000
    await api.do(c.LeaveRoom(), user="ana")
    (row,) = await rows(api)
    assert row == {
        "userId": "ana", "firstName": "Ana", "lastName": "Test", "roomId": room, "roomName": "Blue",
        "role": "PARTICIPANT", "joinedAt": row["joinedAt"], "leftAt": row["leftAt"], "seconds": 60, "speakingSeconds": 7,
    }  # fmt: skip
    assert row["seconds"] == round((row["leftAt"] - row["joinedAt"]) / 1000)


async def test_stay_that_goes_on_is_counted_until_now(api: Api) -> None:
    room = await api.room("Blue")
    await api.come("ana")
    await api.do(c.JoinRoom(room), user="ana")
    for leap, seconds in ((90_000, 90), (10_000, 100)):
        api.clock.ahead_ms += leap
        report = await api.json(f"{REPORT}.json")
        (row,) = report["rows"]
        assert (row["leftAt"], row["seconds"]) == (None, seconds)
        assert abs(report["serverAt"] - row["joinedAt"] - seconds * 1000) < 500
    (line,) = await lines(api)
    assert (line["leftAt"], line["left"], line["seconds"]) == ("", "", "100")


@given(st.integers(0, 10**12), st.integers(0, 10**9), st.booleans())
def test_seconds_are_rounded_to_the_nearest(joined_at: int, length: int, over: bool) -> None:
    left_at = joined_at + length
    stay = Stay(1, "r1", "ana", "", "", "PARTICIPANT", joined_at, left_at if over else None, 0)
    assert abs(stay_seconds(stay, left_at) * 1000 - length) <= 500


def test_seconds_are_never_negative_when_the_clock_was_set_back() -> None:
    assert stay_seconds(Stay(1, "r1", "ana", "", "", "PARTICIPANT", 5_000, None, 0), 1_000) == 0


async def test_csv_has_the_rows_of_the_json_and_the_times_for_people(api: Api) -> None:
    await play(api, Random(7), 25)
    for row, line in zip(await rows(api), await lines(api), strict=True):
        assert tuple(line) == COLUMNS
        assert line["joined"].endswith("Z")
        seconds = {"seconds"} if row["leftAt"] is None else set()
        for name in row.keys() - seconds:
            assert line[name] == ("" if row[name] is None else str(row[name]))


async def test_names_that_a_spreadsheet_would_run_are_text_in_the_csv_and_whole_in_the_json(api: Api) -> None:
    formula = '=HYPERLINK("http://evil","Blue")'
    room = await api.room(formula)
    await api.come("@ana")
    await api.do(c.JoinRoom(room), user="@ana")
    (row,), (line,) = await rows(api), await lines(api)
    assert (row["userId"], row["roomName"]) == ("@ana", formula)
    assert (line["userId"], line["roomName"]) == ("'@ana", f"'{formula}")


async def test_unknown_session_has_no_rows_and_does_not_come_into_being(api: Api) -> None:
    assert await rows(api) == []
    assert (await api.get(f"{REPORT}.csv")).text == ",".join(COLUMNS) + "\r\n"
    assert api.root.doors() == []


async def test_report_of_a_session_out_of_memory_has_its_rooms_names(api: Api) -> None:
    room = await api.room("Blue")
    await api.come("ana")
    await api.do(c.JoinRoom(room), user="ana")
    await api.put_to_sleep()
    assert [row["roomName"] for row in await rows(api)] == ["Blue"]
    assert api.root.doors() == []


@pytest.mark.parametrize("ending", ["json", "csv"])
async def test_report_is_a_file_named_for_its_session(api: Api, ending: str) -> None:
    answer = await api.get(f"/api/sessions/caf%C3%A9%22;x/attendance.{ending}")
    assert answer.headers["content-disposition"] == (
        f"attachment; filename=\"attendance-caf___x.{ending}\"; filename*=UTF-8''attendance-caf%C3%A9%22%3Bx.{ending}"
    )
    kind = {"json": "application/json", "csv": "text/csv; charset=utf-8"}[ending]
    assert answer.headers["content-type"] == kind


async def test_store_that_fails_at_once_is_an_error_and_no_half_report(api: Api) -> None:
    await api.persistence.store._lane.run(lambda db: db.execute("ALTER TABLE breakout_attendance RENAME TO gone"))
    for ending in ("json", "csv"):
        answer = await api.get(f"{REPORT}.{ending}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage_unavailable")


# a real history against the journal


def draw(random: Random, rooms: list[str]) -> tuple[str, AttrsInstance]:
    """Somebody does something; what the server refuses is part of life."""
    user, room = random.choice(PEOPLE), random.choice(rooms)
    of_staff: list[AttrsInstance] = [
        c.MoveParticipant(user, random.choice([room, None])), c.CloseRoom(room), *[c.ReopenRoom(room)] * 3,
        c.SwapParticipants(tuple(random.sample(PEOPLE, 2))), c.ApplyAssignments(c.Strategy.RANDOM, seed=random.randrange(99)),
    ]  # fmt: skip
    own: list[AttrsInstance] = [c.JoinRoom(room), c.JoinRoom(room), c.LeaveRoom(), c.StartSpeaking(), c.StopSpeaking()]
    return ("olga", random.choice(of_staff)) if random.random() < 0.35 else (user, random.choice(own))


async def play(api: Api, random: Random, steps: int) -> None:
    """A session in which people come, go, talk, and are moved about."""
    rooms = [await api.room(name) for name in ("Blue", "Green", "Red")]
    await api.come(*PEOPLE)
    await api.come("olga", role="MODERATOR")
    for _ in range(steps):
        api.clock.ahead_ms += random.randrange(100, 60_000)
        user, command = draw(random, rooms)
        try:
            await api.do(command, user=user)
        except ApiRefused as refused:
            if refused.status not in (404, 409):
                raise


async def events(api: Api) -> AsyncIterator[StoredEntry]:
    """The journal of the session, oldest first."""
    for entry in reversed(await api.persistence.store.journal_page("demo", None, 100_000)):
        yield entry


async def totals(api: Api, now: int) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Milliseconds present and seconds spoken per room and person: what ended less what began, off the journal's events."""
    present: Counter[tuple[str, str]] = Counter()
    spoken: Counter[tuple[str, str]] = Counter()
    inside: set[tuple[str, str]] = set()
    async for entry in events(api):
        room, event = entry.room_id or "", entry.event
        if isinstance(event, ev.SpokeFor):
            spoken[room, event.user_id] += event.seconds
        comes, goes, at = change_of(room, event, inside)
        inside = (inside | comes) - goes
        present.update(dict.fromkeys(comes, -at))
        present.update(dict.fromkeys(goes, at))
    present.update(dict.fromkeys(inside, now))
    return present, spoken


Seats = set[tuple[str, str]]


def change_of(room: str, event: object, inside: Seats) -> tuple[Seats, Seats, int]:
    """Who sits down and who gets up by an event, and when."""
    match event:
        case ev.SeatTaken(seat):
            return {(room, seat.user.id)}, set(), seat.joined_at
        case ev.RoomReopened(at, seats):
            return {(room, seat.user.id) for seat in seats}, set(), at
        case ev.SeatLeft(user_id, at):
            return set(), {(room, user_id)}, at
        case ev.RoomClosed(_, ended_at):
            return set(), {seat for seat in inside if seat[0] == room}, ended_at
        case _:
            return set(), set(), 0


@pytest.mark.parametrize("seed", range(6))
async def test_sums_of_the_report_are_those_of_the_journal(api: Api, seed: int) -> None:
    await play(api, Random(seed), 80)
    report = await api.json(f"{REPORT}.json")
    present, spoken = await totals(api, report["serverAt"])
    reported: Counter[tuple[str, str]] = Counter()
    speech: Counter[tuple[str, str]] = Counter()
    for row in report["rows"]:
        key = (row["roomId"], row["userId"])
        length = (row["leftAt"] or report["serverAt"]) - row["joinedAt"]
        assert row["seconds"] == (length + 500) // 1000
        reported[key] += length
        speech[key] += row["speakingSeconds"]
    assert len(report["rows"]) > 10
    assert sum(speech.values()) > 0
    assert (reported, +speech) == (present, spoken)
