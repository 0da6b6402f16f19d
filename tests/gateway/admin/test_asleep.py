"""Sessions that sleep: an operator's look brings one back, and the list of all brings back none."""

from tests.gateway.admin.scenes import room_with_ann
from tests.gateway.server_harness import World, operator_token
from tests.gateway.transport_harness import until


async def put_to_sleep(world: World, session: str = "demo") -> str:
    """A session with a room that left memory, as the sweeper has it; gives the room's id."""
    olga = await world.connect("olga", "MODERATOR", session=session)
    created = await olga.ask("room.create", name="Blue")
    root = world.server.root
    world.streams.pop().socket.close()
    await until(lambda: not root.door(session).connections)
    await root.save_snapshots()
    del root._doors[session]
    root._scopes.pop(session).cancel()
    return str(created["data"]["room"]["id"])


async def test_session_that_sleeps_comes_back_when_an_operator_looks_at_it(world: World) -> None:
    room_id = await put_to_sleep(world)
    assert (await world.json("/api/admin/actors"))["sessions"] == []
    (session,) = (await world.json("/api/admin/actors?session=demo"))["sessions"]
    assert (session["id"], session["state"], [room["id"] for room in session["rooms"]]) == ("demo", "running", [room_id])


async def test_session_that_never_was_is_not_made_by_looking(world: World) -> None:
    answer = await world.request("GET", "/api/admin/actors?session=none")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "session_not_found")
    assert world.server.root.doors() == []


async def test_all_sessions_are_listed_in_order_and_stay_where_they_are(world: World) -> None:
    for session in ("b", "a"):
        await put_to_sleep(world, session)
    await room_with_ann(world)
    await world.server.root.save_snapshots()
    outline = {"inMemory": False, "users": 1, "rooms": 1, "openRooms": 1}
    assert await world.json("/api/admin/sessions") == {
        "sessions": [{"id": "a", **outline}, {"id": "b", **outline}, {"id": "demo", **outline, "inMemory": True, "users": 2}],
        "after": None,
    }  # fmt: skip
    assert [door.session_id for door in world.server.root.doors()] == ["demo"]


async def test_sessions_are_listed_in_pages(world: World) -> None:
    for session in ("a", "b", "c"):
        await put_to_sleep(world, session)
    first = await world.json("/api/admin/sessions?limit=2")
    second = await world.json(f"/api/admin/sessions?limit=2&after={first['after']}")
    assert [[each["id"] for each in page["sessions"]] for page in (first, second)] == [["a", "b"], ["c"]]
    assert (first["after"], second["after"]) == ("b", None)


async def test_operator_of_one_session_may_look_at_it_and_not_at_the_list(world: World) -> None:
    await put_to_sleep(world)
    bearer = operator_token(sessions=["demo"])
    assert (await world.request("GET", "/api/admin/actors?session=demo", bearer=bearer)).status_code == 200
    assert (await world.request("GET", "/api/admin/sessions", bearer=bearer)).status_code == 403
