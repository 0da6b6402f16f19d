"""What the tests of the operators' API begin with."""

from tests.gateway.server_harness import Device, World


async def room_with_ann(world: World) -> tuple[str, Device]:
    """A room in which Ann sits; gives its id and her device."""
    olga = await world.connect("olga", "MODERATOR")
    created = await olga.ask("room.create", name="Blue", durationMinutes=10)
    room_id: str = created["data"]["room"]["id"]
    ann = await world.connect("ann")
    assert (await ann.ask("room.join", roomId=room_id))["success"]
    return room_id, ann
