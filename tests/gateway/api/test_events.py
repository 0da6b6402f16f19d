from typing import Any

import trio

from breakout.contract import commands as c
from tests.gateway.api.harness import Api

EXPO = "/api/events/expo/rooms"


async def sessions(api: Api, **more: Any) -> list[dict[str, Any]]:
    report = await api.json(EXPO, **more)
    assert report["eventId"] == "expo"
    found: list[dict[str, Any]] = report["sessions"]
    return found


async def test_event_nobody_knows_has_no_sessions(api: Api) -> None:
    assert await sessions(api) == []
    assert api.root.doors() == []


async def test_sessions_of_an_event_are_sorted_and_have_all_their_rooms(api: Api) -> None:
    for session in ("b", "a", "c"):
        await api.room(f"Main {session}", session, event_id="fair" if session == "c" else "expo")
    await api.room("Side", "a")
    found = await sessions(api)
    assert [(one["sessionId"], [room["name"] for room in one["rooms"]]) for one in found] == [
        ("a", ["Main a", "Side"]), ("b", ["Main b"]),
    ]  # fmt: skip


async def test_rooms_of_an_event_are_those_of_the_session_itself(api: Api) -> None:
    await api.room("Blue", event_id="expo")
    (found,) = await sessions(api)
    assert found["rooms"] == (await api.json("/api/sessions/demo/rooms"))["rooms"]


async def test_session_out_of_memory_is_among_those_of_the_event_and_stays_out(api: Api) -> None:
    await api.room("Blue", event_id="expo")
    before = await sessions(api)
    await api.put_to_sleep()
    assert await sessions(api) == before
    assert api.root.doors() == []


async def test_sessions_the_token_is_not_good_for_are_left_out(api: Api) -> None:
    for session in ("a", "b"):
        await api.room("Blue", session, event_id="expo")
    found = await sessions(api, claims={"sessions": ["b", "z"], "event_id": "expo"})
    assert [one["sessionId"] for one in found] == ["b"]


async def test_closed_rooms_of_an_event_are_there_only_when_asked_for(api: Api) -> None:
    await api.do(c.CloseRoom(await api.room("Blue", event_id="expo")))
    (found,) = await sessions(api)
    assert (found["rooms"], found["activity"], found["people"]) == ([], {}, 0)
    (found,) = (await api.json(EXPO + "?includeClosed=true"))["sessions"]
    assert [room["name"] for room in found["rooms"]] == ["Blue"]


async def test_people_help_and_activity_say_where_a_producer_should_look(api: Api) -> None:
    busy, quiet = await api.room("Busy", event_id="expo"), await api.room("Quiet")
    await api.come("ana", "ben", "eva")
    await api.come("olga", role="MODERATOR")
    for user, room in (("ana", busy), ("ben", busy), ("eva", quiet)):
        await api.do(c.JoinRoom(room), user=user)
    await api.do(c.JoinRoom(busy))
    sent = await api.do(c.SendChat("hello"), user="ana")
    await api.do(c.RequestHelp(), user="eva")
    (found,) = await sessions(api)
    assert (found["people"], found["helpOpen"]) == (4, 1)
    assert found["activity"] == {
        busy: {"lastMessageAt": sent["message"]["sentAt"], "people": 3, "visited": True},
        quiet: {"lastMessageAt": None, "people": 1, "visited": False},
    }


async def test_room_stays_visited_when_the_staff_has_gone_on(api: Api) -> None:
    room = await api.room("Blue", event_id="expo")
    await api.come("olga", role="MODERATOR")
    await api.do(c.JoinRoom(room))
    await api.do(c.LeaveRoom())
    (found,) = await sessions(api)
    assert found["activity"][room] == {"lastMessageAt": None, "people": 0, "visited": True}


async def test_timers_in_the_report_are_as_of_its_own_instant(api: Api) -> None:
    room = await api.room("Blue", event_id="expo")
    await api.do(c.StartTimer(room, 600))
    api.clock.ahead_ms += 60_000
    with trio.fail_after(5):
        report = await api.json(EXPO)
    timer = report["sessions"][0]["rooms"][0]["timer"]
    assert timer["remainingSeconds"] == -(-(timer["endsAt"] - report["serverAt"]) // 1000)
    assert timer["remainingSeconds"] <= 541
