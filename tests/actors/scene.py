"""Four people in two rooms, and the three ways in which staff change their seats."""

from typing import Any

from attrs import frozen

from tests.actors.harness import Client, World
from tests.actors.mishap import rosters

PEOPLE = ("ann", "ben", "cleo", "dan")

EVENTS = ("participant.move", "participants.swap", "assignments.apply")


@frozen(eq=False)
class Scene:
    """Staff; Ann and Cleo in Blue, Ben and Dan in Red; a third room is empty. `shown`: the rosters that staff were shown."""

    staff: Client
    people: dict[str, Client]
    blue: str
    red: str
    green: str
    shown: dict[str, list[str]]

    @property
    def rooms(self) -> tuple[str, str, str]:
        return self.blue, self.red, self.green

    def commands(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """The three ways in which staff change seats, by event."""
        cross = [("ann", self.red), ("cleo", self.green), ("ben", self.blue), ("dan", self.green)]
        return {
            "participant.move": ("participant.move", {"userId": "ann", "roomId": self.red}),
            "participants.swap": ("participants.swap", {"userIds": ["ann", "ben"]}),
            "assignments.apply": (
                "assignments.apply",
                {"strategy": "manual", "assignments": [{"userId": i, "roomId": room_id} for i, room_id in cross]},
            ),
        }

    def after(self, event: str) -> dict[str, list[str]]:
        """Who sits where once the command is carried out."""
        return {
            "participant.move": {**self.before(), "ann": [self.red]},
            "participants.swap": {**self.before(), "ann": [self.red], "ben": [self.blue]},
            "assignments.apply": {"ann": [self.red], "cleo": [self.green], "ben": [self.blue], "dan": [self.green]},
        }[event]

    def before(self) -> dict[str, list[str]]:
        return {"ann": [self.blue], "cleo": [self.blue], "ben": [self.red], "dan": [self.red]}


async def set_scene(world: World) -> Scene:
    """Seat everybody; what clients were sent until then is forgotten."""
    staff = await world.staff()
    people = {user_id: await world.connect(user_id) for user_id in PEOPLE}
    blue, red, green = [await world.room(staff, name) for name in ("Blue", "Red", "Green")]
    for user_id, room_id in (("ann", blue), ("cleo", blue), ("ben", red), ("dan", red)):
        await people[user_id].ask("room.join", roomId=room_id)
    await world.windows()
    shown = await rosters(staff)
    for client in (staff, *people.values()):
        client.forget()
    return Scene(staff, people, blue, red, green, shown)
