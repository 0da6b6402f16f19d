import trio

from breakout.contract import commands as c
from tests.gateway.api.harness import Api
from tests.gateway.transport_harness import until

ROOMS = "/api/sessions/demo/rooms"


async def names(api: Api, query: str = "") -> list[str]:
    return [room["name"] for room in (await api.json(ROOMS + query))["rooms"]]


async def test_rooms_are_listed_as_the_command_lists_them(api: Api) -> None:
    await api.room("Blue", topic="Sea", event_id="expo")
    await api.room("Green")
    assert await api.json(ROOMS, roles=()) == await api.do(c.ListRooms())


async def test_rooms_of_one_command_are_listed_in_its_order(api: Api) -> None:
    await api.do(c.CreateRooms(tuple(c.RoomSpec(f"Room {n}") for n in range(20))))
    assert await names(api) == [f"Room {n}" for n in range(20)]


async def test_closed_rooms_are_listed_only_when_asked_for(api: Api) -> None:
    closed = await api.room("Blue")
    await api.room("Green")
    await api.do(c.CloseRoom(closed))
    assert await names(api) == ["Green"]
    assert await names(api, "?includeClosed=true") == ["Blue", "Green"]


async def test_rooms_of_a_session_out_of_memory_are_read_from_the_store_and_it_stays_out(api: Api) -> None:
    await api.room("Blue")
    before = await api.json(ROOMS)
    await api.put_to_sleep()
    assert await api.json(ROOMS) == before
    assert api.root.doors() == []


async def test_unknown_session_has_no_rooms_and_does_not_come_into_being(api: Api) -> None:
    assert await api.json(ROOMS) == {"rooms": []}
    assert api.root.doors() == []


async def test_room_is_not_shown_before_it_is_committed(api: Api) -> None:
    await api.room("Blue")
    runner = api.root.door("demo").runner
    assert runner is not None
    async with trio.open_nursery() as nursery:
        runner.feed.hold()
        nursery.start_soon(api.room, "Green")
        with trio.fail_after(5):
            await until(lambda: len(runner.feed.rooms) == 2)
        assert await names(api) == ["Blue"]
        runner.feed.let_go()
    assert await names(api) == ["Blue", "Green"]


async def test_store_that_fails_is_unavailable_and_says_when_to_ask_again(api: Api) -> None:
    await api.persistence.store._lane.run(lambda db: db.execute("ALTER TABLE breakout_rooms RENAME TO gone"))
    answer = await api.get(ROOMS)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error"]["code"] == "storage_unavailable"


async def test_head_says_what_get_would_say_about_the_token(api: Api) -> None:
    assert (await api.request("HEAD", ROOMS)).status_code == 200
    assert (await api.request("HEAD", ROOMS, claims={"sessions": ["other"]})).status_code == 403
