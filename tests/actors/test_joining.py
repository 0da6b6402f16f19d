"""Joining and leaving, as clients see them."""

import pytest
import trio

from tests.actors.harness import Client, World


async def test_join_replies_with_the_room_from_inside(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    room_id = await world.room(staff)
    inside = await ann.ask("room.join", roomId=room_id)
    assert [p["userId"] for p in inside["participants"]] == ["ann"]
    assert inside["room"]["participantCount"] == 1
    assert inside["messages"] == []


async def test_join_replies_before_any_push_about_it(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    room_id = await world.room(staff)
    ann.forget()
    await ann.ask("room.join", roomId=room_id)
    await world.windows()
    assert ann.events() == ["reply", "participant.seated", "participants.update", "rooms.updated"]


async def test_participants_update_shows_the_joiner_to_the_room_and_to_staff_but_to_nobody_else(world: World) -> None:
    staff, ann, ben = await world.staff(), await world.connect("ann"), await world.connect("ben")
    room_id = await world.room(staff)
    await ann.ask("room.join", roomId=room_id)
    await world.windows()
    for watcher in (staff, ann):
        [update] = watcher.pushes("participants.update")
        assert (update["roomId"], update["participantCount"]) == (room_id, 1)
        assert [p["userId"] for p in update["joined"]] == ["ann"]
    assert ben.pushes("participants.update") == []


async def test_join_of_ones_own_room_succeeds_and_changes_nothing(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    room_id = await world.room(staff)
    first = await ann.ask("room.join", roomId=room_id)
    await world.windows()
    ann.forget()
    position = world.store.position
    second = await ann.ask("room.join", roomId=room_id)
    await world.windows()
    assert second == first
    assert world.store.position == position
    assert ann.events() == ["reply"]


async def test_join_of_another_room_leaves_the_former_in_the_same_step(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    blue, red = await world.room(staff), await world.room(staff, "Red")
    await ann.ask("room.join", roomId=blue)
    ann.forget()
    await ann.ask("room.join", roomId=red)
    assert [push["roomId"] for push in ann.pushes("participant.seated")] == [red]
    state = await staff.state()
    assert {room: [p["userId"] for p in people] for room, people in state["participants"].items()} == {
        blue: [],
        red: ["ann"],
    }
    halves = [batch for batch in world.store.batches if {e.room_id for c in batch for e in c.entries} == {blue, red}]
    assert len(halves) == 1


async def test_leaving_leads_to_the_main_session(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    room_id = await world.room(staff)
    await ann.ask("room.join", roomId=room_id)
    ann.forget()
    assert await ann.ask("room.leave") == {"roomId": room_id}
    assert ann.pushes("participant.seated") == [{"roomId": None, "by": "self", "room": None}]
    assert await ann.room_id() is None


async def test_leaving_is_refused_without_a_seat(world: World) -> None:
    ann = await world.connect("ann")
    assert (await ann.refused("room.leave"))["code"] == "not_in_room"


async def test_joining_an_unknown_room_is_refused(world: World) -> None:
    ann = await world.connect("ann")
    assert (await ann.refused("room.join", roomId="nowhere"))["code"] == "room_not_found"


async def test_joining_a_locked_room_is_refused_but_not_to_staff_nor_its_facilitator(world: World) -> None:
    staff, ann, ben = await world.staff(), await world.connect("ann"), await world.connect("ben")
    room_id = await world.room(staff, locked=True, facilitatorId="ben")
    assert (await ann.refused("room.join", roomId=room_id))["code"] == "room_locked"
    await ben.ask("room.join", roomId=room_id)
    await staff.ask("room.join", roomId=room_id)


async def test_joining_a_closed_room_is_refused(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    room_id = await world.room(staff)
    await staff.ask("room.close", roomId=room_id)
    assert (await ann.refused("room.join", roomId=room_id))["code"] == "room_closed"


async def test_refused_join_keeps_the_seat_one_has(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    blue, red = await world.room(staff), await world.room(staff, "Red", locked=True)
    await ann.ask("room.join", roomId=blue)
    await ann.refused("room.join", roomId=red)
    assert await ann.room_id() == blue


async def test_facilitator_and_staff_take_no_place(world: World) -> None:
    staff, ann, ben = await world.staff(), await world.connect("ann"), await world.connect("ben")
    room_id = await world.room(staff, maxParticipants=1, facilitatorId="ben")
    for client in (staff, ben, ann):
        await client.ask("room.join", roomId=room_id)
    state = await ann.state()
    assert state["room"]["room"]["participantCount"] == 1
    roles = {p["userId"]: p["role"] for p in state["room"]["participants"]}
    assert roles == {"olga": "FACILITATOR", "ben": "FACILITATOR", "ann": "PARTICIPANT"}


async def test_last_place_goes_to_exactly_one_of_fifty_who_join_at_once(world: World) -> None:
    staff = await world.staff()
    people = [await world.connect(f"user{n}") for n in range(50)]
    room_id = await world.room(staff, maxParticipants=1)
    ids = [(client, client.send("room.join", roomId=room_id)) for client in people]
    await world.settle()
    frames = [client.reply(envelope_id) for client, envelope_id in ids]
    assert sum(frame is not None and frame["success"] for frame in frames) == 1
    assert {f["error"]["code"] for f in frames if f is not None and not f["success"]} == {"room_full"}
    assert world.room_state(room_id).participant_count == 1


@pytest.mark.parametrize("reverse", [False, True])
async def test_two_joins_at_once_of_one_user_end_in_one_seat(world: World, reverse: bool) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    laptop = await world.another(ann)
    rooms = [await world.room(staff), await world.room(staff, "Red")]
    pairs = list(zip((ann, laptop), reversed(rooms) if reverse else rooms, strict=True))
    for client, room_id in pairs:
        client.send("room.join", roomId=room_id)
    await world.settle()
    assert [room_id for room_id in rooms if "ann" in world.room_state(room_id).seats] == [pairs[-1][1]]
    assert await ann.room_id() == pairs[-1][1]


async def _storm_on_one_seat(staff: Client, ann: Client, blue: str, red: str, order: tuple[int, ...]) -> None:
    commands = [
        lambda: ann.send("room.join", roomId=red),
        lambda: staff.send("room.close", roomId=blue),
        lambda: staff.send("all.recall", graceSeconds=0),
    ]
    for n in order:
        commands[n]()
        await trio.lowlevel.checkpoint()


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("turns", range(4))
async def test_join_close_and_recall_at_once_end_in_one_seat_or_none_and_all_are_told_the_same(
    world: World, order: tuple[int, ...], turns: int
) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    blue, red = await world.room(staff), await world.room(staff, "Red")
    await ann.ask("room.join", roomId=blue)
    ann.send("session.get")
    for _ in range(turns):
        await trio.lowlevel.checkpoint()
    await _storm_on_one_seat(staff, ann, blue, red, order)
    await world.windows()
    seats = [room_id for room_id in (blue, red) if "ann" in world.room_state(room_id).seats]
    assert len(seats) <= 1
    assert await ann.room_id() == (seats[0] if seats else None)
    assert ann.pushes("participant.seated")[-1]["roomId"] == await ann.room_id()
    assert world.runner.feed.audience.seqs_for(ann.connection).keys() >= {f"room:{room_id}" for room_id in seats}


async def test_room_that_closes_between_the_halves_of_a_move_does_not_unseat_who_went_on(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    blue, red = await world.room(staff), await world.room(staff, "Red")
    await ann.ask("room.join", roomId=blue)
    ann.forget()
    ann.send("room.join", roomId=red)
    staff.send("room.close", roomId=blue)
    await world.settle()
    assert ann.pushes("participant.seated")[-1]["roomId"] == await ann.room_id()
    assert await ann.room_id() == red


async def test_every_device_follows_its_user(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    laptop = await world.another(ann)
    room_id = await world.room(staff)
    await ann.ask("room.join", roomId=room_id)
    for device in (ann, laptop):
        [seated] = device.pushes("participant.seated")
        assert (seated["roomId"], seated["by"]) == (room_id, "self")
        assert [p["userId"] for p in seated["room"]["participants"]] == ["ann"]
    await staff.ask("chat.send", roomId=room_id, text="hello")
    assert [m["message"]["text"] for m in laptop.pushes("chat.message")] == ["hello"]


async def test_chat_sent_right_behind_a_join_reaches_the_room(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    room = (await staff.ask("room.create", name="Blue"))["room"]
    ann.send("room.join", roomId=room["id"])
    said = ann.send("chat.send", text="hello")
    await world.settle()
    frame = ann.reply(said)
    assert frame is not None
    assert frame["success"], frame
