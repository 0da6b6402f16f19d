"""A room's actor dies inside each command that reaches a room: what was acknowledged last is back, in memory and in the store."""

from typing import Any

import pytest

from actors.messages import Order
from actors.request import Request
from actors.room_actor import RoomActor
from breakout.contract.table import COMMANDS, CommandSpec, Route
from tests.actors.harness import FakeConnection, World
from tests.actors.house import make_house, ready

REACH_NO_ROOM = {
    "breakout.rooms.list", "breakout.room.create", "breakout.rooms.create", "breakout.recall.ack", "breakout.recall.cancel",
    "breakout.assignments.preview", "breakout.broadcast.send", "breakout.history.list", "breakout.session.get", "breakout.ping",
}  # fmt: skip
"""Commands that the supervisor answers alone."""

INSIDE_A_ROOM = [spec for spec in COMMANDS if spec.event not in REACH_NO_ROOM]


class Mishap:
    """The first room that a command reaches dies of it: before it is carried out, or when it was and before that is known."""

    def __init__(self, patch: pytest.MonkeyPatch, *, afterwards: bool) -> None:
        self.room_id = ""
        receive = RoomActor.on_receive

        def dying(actor: RoomActor, message: Any) -> None:
            if self.room_id or not isinstance(message, Request | Order):
                receive(actor, message)
                return
            self.room_id = actor._state.id
            if afterwards:
                receive(actor, message)
            raise ZeroDivisionError

        patch.setattr(RoomActor, "on_receive", dying)


async def _stored(world: World) -> dict[str, Any]:
    stored = await world.store.load_session("demo", now=world.root.clock.now())
    return {room_id: room.state for room_id, room in stored.rooms.items()}


def _outcomes(connection: FakeConnection) -> list[str]:
    """How the last command was answered, once or more often."""
    replies = [frame for frame in connection.sent if frame["event"] == "reply"]
    return ["success" if f["success"] else f["error"]["code"] for f in replies if f["id"] == replies[-1]["id"]]


@pytest.mark.parametrize("afterwards", [False, True], ids=["before it is done", "when it is done"])
@pytest.mark.parametrize("spec", INSIDE_A_ROOM, ids=lambda spec: spec.event)
async def test_last_acknowledged_state_is_back_when_a_room_dies_inside_a_command(
    world: World, monkeypatch: pytest.MonkeyPatch, spec: CommandSpec, afterwards: bool
) -> None:
    client = await world.connect("caller", role="MODERATOR")
    house = await make_house(world, client)
    data = await ready(spec, house, client)
    if spec.event == "breakout.assignments.apply":
        data = {"strategy": "manual", "assignments": [{"userId": "ann", "roomId": house.blue}]}
    await world.windows()
    before = dict(world.runner.feed.rooms)
    with monkeypatch.context() as patch:
        mishap = Mishap(patch, afterwards=afterwards)
        client.send(spec.event.removeprefix("breakout."), **data)
        await world.settle()
    await world.windows()
    room_id, rooms = mishap.room_id, world.runner.feed.rooms
    assert room_id, "the command reached no room"
    [outcome] = _outcomes(client.connection)
    if spec.route is not Route.SESSION:
        assert outcome == ("success" if afterwards else "internal")
    # `internal` is the one refusal after which a command of several rooms may have taken effect in the others
    if outcome != "success" and (spec.route is not Route.SESSION or outcome != "internal"):
        assert rooms == before
    assert await _stored(world) == rooms
    assert client.pushes("room.restored") == [{"roomId": room_id}]
    await client.ask("chat.send", text="still here", roomId=house.red)
    assert world.root.statistics().reloads == 0
