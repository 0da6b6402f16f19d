"""Rooms under an operator's eyes and hands."""

import json

from tests.gateway.admin.scenes import room_with_ann
from tests.gateway.server_harness import World


async def test_tree_shows_sessions_rooms_and_who_is_there(world: World) -> None:
    room_id, _ = await room_with_ann(world)
    tree = await world.json("/api/admin/actors")
    (session,) = tree["sessions"]
    assert (session["id"], session["state"], session["connections"], session["people"]) == ("demo", "running", 2, 2)
    assert session["mailbox"]["handled"] > 0
    (room,) = session["rooms"]
    assert (room["id"], room["actor"], room["people"], room["connected"]) == (room_id, "running", 1, 1)
    assert (tree["server"]["phase"], tree["server"]["storeHealthy"], tree["server"]["connections"]) == ("serving", True, 2)


async def test_tree_of_one_session_leaves_the_others_out(world: World) -> None:
    await world.connect("ann", session="one")
    await world.connect("ben", session="two")
    tree = await world.json("/api/admin/actors?session=two")
    assert [session["id"] for session in tree["sessions"]] == ["two"]
    assert (await world.request("GET", "/api/admin/actors?session=three")).status_code == 404


async def test_room_is_shown_with_its_people_its_actor_and_its_journal(world: World) -> None:
    room_id, _ = await room_with_ann(world)
    shown = await world.json(f"/api/admin/rooms/{room_id}")
    assert shown["room"]["name"] == "Blue"
    assert shown["actor"]["mailbox"]["handled"] > 0
    assert [(seat["user"]["id"], seat["connections"]) for seat in shown["seats"]] == [("ann", 1)]
    assert [(entry["kind"], entry["by"]["id"]) for entry in shown["journal"]] == [("SeatTaken", "ann"), ("RoomCreated", "olga")]
    assert shown["journal"][0]["data"]["seat"]["user"]["id"] == "ann"


async def test_what_people_wrote_is_not_shown(world: World) -> None:
    room_id, ann = await room_with_ann(world)
    await ann.ask("chat.send", text="swordfish")
    await ann.ask("help.request", reason="swordfish")
    answer = await world.request("GET", f"/api/admin/rooms/{room_id}")
    assert [entry["kind"] for entry in answer.json()["journal"][:2]] == ["HelpRequested", "MessageSent"]
    assert answer.json()["journal"][1]["data"]["characters"] == len("swordfish")
    assert "swordfish" not in answer.text
    assert "swordfish" not in json.dumps(await world.json("/api/admin/actors"))


async def test_room_is_found_when_its_session_is_not_in_memory(world: World) -> None:
    room_id, _ = await room_with_ann(world)
    root = world.server.root
    await root.save_snapshots()
    del root._doors["demo"]
    root._scopes.pop("demo").cancel()
    shown = await world.json(f"/api/admin/rooms/{room_id}")
    assert (shown["room"]["name"], shown["actor"]) == ("Blue", None)
    assert root.doors() == []


async def test_unknown_room_is_not_found(world: World) -> None:
    for method, path in [("GET", ""), ("POST", "/restart"), ("POST", "/close")]:
        answer = await world.request(method, f"/api/admin/rooms/none{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "room_not_found")
    assert world.server.root.doors() == []


async def test_restart_brings_the_room_back_with_everybody_in_it(world: World) -> None:
    room_id, ann = await room_with_ann(world)
    assert (await world.request("POST", f"/api/admin/rooms/{room_id}/restart")).status_code == 200
    await ann.wait_for("room.restored")
    shown = await world.json(f"/api/admin/rooms/{room_id}")
    assert shown["actor"]["restarts"] == 1
    assert [seat["user"]["id"] for seat in shown["seats"]] == ["ann"]


async def test_close_ends_the_room_at_once(world: World) -> None:
    room_id, ann = await room_with_ann(world)
    assert (await world.request("POST", f"/api/admin/rooms/{room_id}/close")).status_code == 200
    assert (await ann.wait_for("room.closed"))["reason"] == "closed"
    again = await world.request("POST", f"/api/admin/rooms/{room_id}/close")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "room_closed")
