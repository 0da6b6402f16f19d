"""How many rooms a session may have."""

from actors.session_runner import ActorSettings
from tests.actors.harness import world_over
from tests.fakes.memory_store import MemoryStore


async def test_closed_rooms_count_against_the_rooms_of_a_session_and_can_be_reopened() -> None:
    async with world_over(MemoryStore(), settings=ActorSettings(max_rooms_per_session=2)) as world:
        olga = await world.staff()
        blue = await world.room(olga, "Blue")
        await world.room(olga, "Green")
        await olga.ask("room.close", roomId=blue)
        error = await olga.refused("room.create", name="Red")
        assert (error["code"], error["details"]) == ("limit_reached", {"limit": "rooms", "maximum": 2})
        assert (await olga.ask("room.reopen", roomId=blue))["room"]["status"] == "WAITING"


async def test_rooms_of_one_command_are_created_all_or_none_at_the_limit() -> None:
    async with world_over(MemoryStore(), settings=ActorSettings(max_rooms_per_session=2)) as world:
        olga = await world.staff()
        error = await olga.refused("rooms.create", rooms=[{"name": f"Room {n}"} for n in range(3)])
        assert error["details"]["limit"] == "rooms"
        assert (await olga.ask("rooms.list"))["rooms"] == []
