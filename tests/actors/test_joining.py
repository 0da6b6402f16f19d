"""Joins, moves and presence, as clients see them."""

from tests.actors.harness import World


async def test_join_replies_with_the_room_from_inside(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    room = (await staff.ask("room.create", name="Blue"))["room"]
    inside = await ann.ask("room.join", roomId=room["id"])
    assert [p["userId"] for p in inside["participants"]] == ["ann"]
    assert inside["room"]["participantCount"] == 1
    assert inside["messages"] == []
