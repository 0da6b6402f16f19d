"""Nothing leaves before its change is committed; what cannot be committed did not happen."""

from typing import Any

import pytest

from tests.actors.harness import Client, World, world_over
from tests.fakes.memory_store import MemoryStore


class Slow:
    """A session over a store that commits when it is told to, with a room, staff and somebody inside."""

    def __init__(self, world: World, staff: Client, ann: Client, room_id: str) -> None:
        self.world, self.staff, self.ann, self.room_id = world, staff, ann, room_id

    async def commit(self) -> None:
        self.world.store.commit()
        await self.world.settle()

    def forget(self) -> None:
        self.staff.forget()
        self.ann.forget()


async def _slow(world: World) -> Slow:
    staff, ann = await world.staff(), await world.connect("ann")
    room_id = await world.room(staff, facilitatorId="ann")
    await ann.ask("room.join", roomId=room_id)
    await world.windows()
    world.store.auto_commit = False
    slow = Slow(world, staff, ann, room_id)
    slow.forget()
    return slow


COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("room.create", {"name": "Red"}),
    ("rooms.create", {"rooms": [{"name": "Red"}, {"name": "Green"}]}),
    ("room.update", {"roomId": "", "name": "Red"}),
    ("room.join", {"roomId": ""}),
    ("room.close", {"roomId": ""}),
    ("timer.start", {"roomId": "", "durationSeconds": 60}),
    ("all.recall", {}),
    ("participant.move", {"userId": "ann", "roomId": None}),
    ("chat.send", {"roomId": "", "text": "hello"}),
    ("broadcast.send", {"text": "hello"}),
]


@pytest.mark.parametrize(("event", "data"), COMMANDS)
async def test_neither_reply_nor_push_leaves_before_the_commit(world: World, event: str, data: dict[str, Any]) -> None:
    slow = await _slow(world)
    given = {name: slow.room_id if value == "" else value for name, value in data.items()}
    sent = slow.staff.send(event, **given)
    await world.windows()
    assert (slow.staff.events(), slow.ann.events()) == ([], [])
    await slow.commit()
    reply = slow.staff.reply(sent)
    assert reply is not None
    assert reply["success"]


async def test_move_by_staff_is_shown_only_after_its_commit(world: World) -> None:
    slow = await _slow(world)
    world.store.auto_commit = True
    red = await world.room(slow.staff, "Red")
    world.store.auto_commit = False
    slow.forget()
    sent = slow.staff.send("participant.move", userId="ann", roomId=red)
    await world.windows()
    assert (slow.staff.events(), slow.ann.events()) == ([], [])
    await slow.commit()
    assert slow.staff.reply(sent) is not None
    assert slow.ann.pushes("participant.seated")[-1]["roomId"] == red


async def test_presence_waits_behind_the_changes_before_it(world: World) -> None:
    slow = await _slow(world)
    slow.staff.send("chat.send", roomId=slow.room_id, text="before")
    await world.settle()
    await slow.ann.leave()
    await world.windows()
    assert slow.staff.events() == []
    await slow.commit()
    await world.windows()
    assert slow.staff.events() == ["reply", "chat.message", "participants.update"]


async def test_refusals_and_snapshots_wait_behind_the_changes_before_them(world: World) -> None:
    slow = await _slow(world)
    slow.staff.send("room.update", roomId=slow.room_id, name="Red")
    await world.settle()
    refused = slow.ann.send("timer.extend", roomId=slow.room_id, seconds=5)
    asked = slow.ann.send("session.get")
    await world.settle()
    assert slow.ann.events() == []
    await slow.commit()
    reply = slow.ann.reply(asked)
    assert reply is not None
    assert [room["name"] for room in reply["data"]["rooms"]] == ["Red"]
    assert slow.ann.reply(refused) is not None


async def test_ticks_do_not_wait_for_any_commit(world: World) -> None:
    slow = await _slow(world)
    slow.staff.send("timer.start", roomId=slow.room_id, durationSeconds=60)
    await slow.commit()
    slow.staff.send("chat.send", roomId=slow.room_id, text="not committed")
    slow.forget()
    await world.pass_seconds(2)
    assert set(slow.ann.events()) == {"timer.tick"}


async def test_state_of_a_new_connection_contains_exactly_what_is_released_before_it(world: World) -> None:
    slow = await _slow(world)
    slow.staff.send("room.create", name="Red")
    ben = await world.connect("ben")
    assert ben.events() == []
    await slow.commit()
    assert ben.events()[0] == "session.state"
    state = ben.connection.sent[0]["data"]
    assert [room["name"] for room in state["rooms"]] == ["Blue", "Red"]
    assert ben.pushes("room.created") == []
    assert state["seqs"]["session"] == slow.staff.connection.sent[-1]["seq"]


async def test_failed_commit_refuses_every_command_that_waited(world: World) -> None:
    slow = await _slow(world)
    first = slow.staff.send("room.update", roomId=slow.room_id, name="Red")
    await world.settle()
    ids = [
        first,
        slow.staff.send("session.get"),
        slow.staff.send("room.create", name="Green"),
        slow.staff.send("timer.extend", roomId=slow.room_id, seconds=5),
    ]
    await world.settle()
    world.store.fail_next()
    await slow.commit()
    replies = [slow.staff.reply(envelope_id) for envelope_id in ids]
    assert [frame and frame["error"]["code"] for frame in replies] == ["storage_unavailable"] * 4
    assert set(slow.staff.events()) == {"reply"}


async def test_command_in_a_mailbox_is_answered_when_a_commit_fails_before_it_is_handled(world: World) -> None:
    slow = await _slow(world)
    slow.staff.send("room.create", name="Green")
    await world.settle()
    late = slow.staff.send("chat.send", roomId=slow.room_id, text="in the mailbox")
    joins = slow.ann.send("room.leave")
    world.store.fail_next()
    await slow.commit()
    for client, envelope_id in ((slow.staff, late), (slow.ann, joins)):
        frame = client.reply(envelope_id)
        assert frame is not None
        assert frame["error"]["code"] in {"storage_unavailable", "room_unavailable", "overloaded"}


async def test_session_returns_to_what_the_store_has_after_a_failed_commit(world: World) -> None:
    slow = await _slow(world)
    before = await _stored_rooms(world)
    slow.staff.send("room.create", name="Lost")
    slow.ann.send("room.leave")
    await world.settle()
    world.store.fail_next()
    await slow.commit()
    world.store.auto_commit = True
    await world.pass_seconds(3)
    assert world.runner.feed.rooms == before == await _stored_rooms(world)
    assert world.root.statistics().reloads == 1


async def _stored_rooms(world: World) -> dict[str, Any]:
    stored = await world.store.load_session("demo", now=world.root.clock.now())
    return {room_id: room.state for room_id, room in stored.rooms.items()}


async def test_connections_stay_and_are_shown_the_session_anew_after_a_failed_commit(world: World) -> None:
    slow = await _slow(world)
    old = (await _state_after_commit(slow))["epoch"]
    slow.staff.send("room.create", name="Lost")
    await world.settle()
    ben = await world.connect("ben")
    world.store.fail_next()
    await slow.commit()
    world.store.auto_commit = True
    slow.forget()
    await world.pass_seconds(3)
    for client in (slow.staff, slow.ann, ben):
        assert client.connection.closed is None
        [state] = client.pushes("session.state")
        assert state["epoch"] != old
        assert [room["name"] for room in state["rooms"]] == ["Blue"]
    await world.room(slow.staff, "Found")


async def _state_after_commit(slow: Slow) -> Any:
    sent = slow.staff.send("session.get")
    await slow.world.settle()
    frame = slow.staff.reply(sent)
    assert frame is not None
    return frame["data"]


async def test_commands_are_refused_while_the_session_is_loaded_anew(world: World) -> None:
    slow = await _slow(world)
    slow.staff.send("room.create", name="Lost")
    await world.settle()
    world.store.fail_next()
    await slow.commit()
    assert (await slow.staff.refused("room.create", name="Red"))["code"] == "storage_unavailable"


async def test_full_journal_refuses_and_reloads_instead_of_running_ahead_of_the_store() -> None:
    async with world_over(MemoryStore(auto_commit=False, max_waiting=2)) as world:
        staff = await world.staff()
        sent = [staff.send("room.create", name=f"Room {n}") for n in range(4)]
        await world.settle()
        world.store.commit()
        await world.pass_seconds(3)
        codes = {frame["error"]["code"] for frame in map(staff.reply, sent) if frame is not None and not frame["success"]}
        assert codes == {"storage_unavailable"}
        assert [room.name for room in (await _stored_rooms(world)).values()] == [
            room.name for room in world.runner.feed.rooms.values()
        ]
