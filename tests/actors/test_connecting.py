"""Who comes and goes: presence, the lobby, held seats, latecomers, too many devices."""

from typing import Any

from actors.session_runner import ActorSettings
from tests.actors.harness import Client, FakeConnection, World, caller, world_over
from tests.fakes.memory_store import MemoryStore

HOLD_SECONDS = ActorSettings().seat_hold_seconds


async def _seated(world: World) -> tuple[Client, Client, str]:
    staff, ann = await world.staff(), await world.connect("ann")
    room_id = await world.room(staff)
    await ann.ask("room.join", roomId=room_id)
    await world.windows()
    staff.forget()
    return staff, ann, room_id


async def _roster(staff: Client, room_id: str) -> Any:
    return {p["userId"]: p["connected"] for p in (await staff.state())["participants"][room_id]}


async def test_first_frame_is_the_state_and_says_who_one_is_and_where_one_sits(world: World) -> None:
    _, ann, room_id = await _seated(world)
    second = await world.another(ann)
    assert second.events() == ["session.state"]
    state = second.connection.sent[0]["data"]
    assert (state["self"]["userId"], state["self"]["roomId"]) == ("ann", room_id)
    assert [p["userId"] for p in state["room"]["participants"]] == ["ann"]
    assert "participants" not in state


async def test_last_connection_that_drops_marks_the_seat_and_keeps_it(world: World) -> None:
    staff, ann, room_id = await _seated(world)
    second = await world.another(ann)
    await ann.leave()
    await world.windows()
    assert staff.pushes("participants.update") == []
    await second.leave()
    await world.windows()
    [update] = staff.pushes("participants.update")
    assert [(p["userId"], p["connected"]) for p in update["changed"]] == [("ann", False)]
    assert update["participantCount"] == 1
    assert await _roster(staff, room_id) == {"ann": False}


async def test_dropping_twice_is_the_same_as_once(world: World) -> None:
    staff, ann, room_id = await _seated(world)
    await ann.leave()
    await ann.leave()
    assert await _roster(staff, room_id) == {"ann": False}


async def test_coming_back_in_time_needs_no_join(world: World) -> None:
    staff, ann, room_id = await _seated(world)
    await ann.leave()
    await world.pass_seconds(HOLD_SECONDS - 1)
    back = await world.connect("ann")
    assert back.connection.sent[0]["data"]["self"]["roomId"] == room_id
    await world.pass_seconds(HOLD_SECONDS + 10)
    assert await _roster(staff, room_id) == {"ann": True}


async def test_seat_is_freed_when_its_hold_is_over(world: World) -> None:
    staff, ann, room_id = await _seated(world)
    await ann.leave()
    await world.pass_seconds(HOLD_SECONDS + 1)
    assert await _roster(staff, room_id) == {}
    back = await world.connect("ann")
    assert back.connection.sent[0]["data"]["self"]["roomId"] is None


async def test_seat_is_held_anew_over_a_restart_and_then_freed() -> None:
    store = MemoryStore()
    async with world_over(store) as first:
        _, _, room_id = await _seated(first)
        clock = first.root.clock
    async with world_over(store, clock=clock) as second:
        await second.pass_seconds(HOLD_SECONDS - 1)
        assert "ann" in second.room_state(room_id).seats
        await second.pass_seconds(2)
        assert "ann" not in second.room_state(room_id).seats


async def test_seat_that_staff_give_to_somebody_offline_is_freed_in_time(world: World) -> None:
    staff, ann, room_id = await _seated(world)
    await ann.ask("room.leave")
    await ann.leave()
    await staff.ask("participant.move", userId="ann", roomId=room_id)
    assert await _roster(staff, room_id) == {"ann": False}
    await world.pass_seconds(HOLD_SECONDS + 1)
    assert await _roster(staff, room_id) == {}


async def test_seat_restored_by_reopening_is_freed_in_time_when_its_owner_stays_away(world: World) -> None:
    staff, ann, room_id = await _seated(world)
    await ann.leave()
    await staff.ask("room.close", roomId=room_id)
    await world.pass_seconds(HOLD_SECONDS + 1)
    await staff.ask("room.reopen", roomId=room_id)
    assert await _roster(staff, room_id) == {"ann": False}
    await world.pass_seconds(HOLD_SECONDS + 1)
    assert await _roster(staff, room_id) == {}


async def test_hold_that_ends_while_the_room_restarts_is_not_forgotten(world: World) -> None:
    staff, ann, room_id = await _seated(world)
    await ann.leave()
    world.store.auto_commit = False
    await world.pass_seconds(HOLD_SECONDS - 1)
    staff.send("room.create", name="keeps the store busy")
    world.break_room(room_id)
    await world.pass_seconds(2)
    world.store.auto_commit = True
    world.store.commit()
    await world.pass_seconds(HOLD_SECONDS + 5)
    assert await _roster(staff, room_id) == {}


async def test_oldest_connection_goes_when_a_user_has_too_many() -> None:
    async with world_over(MemoryStore(), settings=ActorSettings(max_connections_per_user=2)) as world:
        devices = [await world.connect("ann") for _ in range(4)]
        assert [client.connection.closed for client in devices] == [4009, 4009, None, None]
        assert world.runner.feed.audience.statistics().connections == 2
        await devices[3].ask("session.get")
        ben = await world.connect("ben")
        assert ben.connection.closed is None


async def test_lobby_shows_staff_who_is_connected_without_a_seat(world: World) -> None:
    staff = await world.staff()
    room_id = await world.room(staff)
    ann = await world.connect("ann")
    await world.windows()
    assert [m["userId"] for m in staff.pushes("lobby.update")[-1]["joined"]][-1] == "ann"
    staff.forget()
    await ann.ask("room.join", roomId=room_id)
    await world.windows()
    assert staff.pushes("lobby.update") == [{"joined": [], "left": ["ann"]}]
    await ann.ask("room.leave")
    await world.windows()
    assert [m["userId"] for m in staff.pushes("lobby.update")[-1]["joined"]] == ["ann"]
    await ann.leave()
    await world.windows()
    assert staff.pushes("lobby.update")[-1] == {"joined": [], "left": ["ann"]}
    assert ann.pushes("lobby.update") == []


async def test_latecomers_go_into_the_emptiest_open_unlocked_room_with_auto_assign(world: World) -> None:
    staff = await world.staff()
    await world.room(staff, "Plain")
    await world.room(staff, "Locked", autoAssign=True, locked=True)
    closed = await world.room(staff, "Closed", autoAssign=True)
    await staff.ask("room.close", roomId=closed)
    rooms = [await world.room(staff, name, autoAssign=True, maxParticipants=2) for name in ("Blue", "Red")]
    people = [await world.connect(f"user{n}") for n in range(5)]
    assert [await client.room_id() for client in people] == [rooms[0], rooms[1], rooms[0], rooms[1], None]
    assert [push["by"] for push in people[0].pushes("participant.seated")] == ["auto"]
    assert people[0].events()[0] == "session.state"


async def test_latecomers_who_arrive_at_once_are_spread_evenly(world: World) -> None:
    staff = await world.staff()
    rooms = [await world.room(staff, name, autoAssign=True, maxParticipants=4) for name in ("Blue", "Red", "Green")]

    for n in range(9):
        world.door.connect(FakeConnection(caller(f"user{n}")))
    await world.settle()
    assert [world.room_state(room_id).participant_count for room_id in rooms] == [3, 3, 3]


async def test_staff_are_never_placed(world: World) -> None:
    staff = await world.staff()
    await world.room(staff, autoAssign=True)
    other = await world.staff("otto")
    assert await other.room_id() is None


async def test_latecomer_is_not_sent_to_a_room_that_restarts(world: World) -> None:
    staff = await world.staff()
    blue, red = [await world.room(staff, name, autoAssign=True) for name in ("Blue", "Red")]
    ben = await world.connect("ben")
    assert await ben.room_id() == blue
    world.break_room(red)
    ann = await world.connect("ann")
    assert await ann.room_id() in (blue, red)


async def test_second_device_places_nobody_anew(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    await world.room(staff, autoAssign=True)
    await world.another(ann)
    assert await ann.room_id() is None


async def test_new_name_of_somebody_is_stored_and_shown(world: World) -> None:
    await world.connect("ann", first_name="Ann")
    await world.connect("ann", first_name="Anna")
    stored = await world.store.load_session("demo", now=world.root.clock.now())
    assert stored.state.users["ann"].first_name == "Anna"
