"""Broadcasts: who hears them, and who finds them later."""

from typing import Any

import pytest

from tests.actors.harness import Client, World
from tests.actors.mishap import batches_of, killed_after


async def _scene(world: World) -> tuple[Client, dict[str, Client], str, str]:
    """Staff; Ann in Blue, Ben in Red, Cleo in the main session."""
    staff = await world.staff()
    people = {user_id: await world.connect(user_id) for user_id in ("ann", "ben", "cleo")}
    blue, red = await world.room(staff, "Blue"), await world.room(staff, "Red")
    await people["ann"].ask("room.join", roomId=blue)
    await people["ben"].ask("room.join", roomId=red)
    await world.windows()
    for client in (staff, *people.values()):
        client.forget()
    return staff, people, blue, red


def _frames(client: Client) -> list[dict[str, Any]]:
    return [frame for frame in client.connection.sent if frame["event"] == "breakout.broadcast.message"]


def _texts(inside: dict[str, Any]) -> list[str]:
    return [message["text"] for message in inside["messages"]]


async def test_broadcast_to_everybody_goes_over_the_session_topic_with_its_seq(world: World) -> None:
    staff, people, *_ = await _scene(world)
    before = (await staff.state())["seqs"]["session"]
    assert await staff.ask("broadcast.send", text="five more minutes") == {"delivered": 4}
    for client in (staff, *people.values()):
        [frame] = _frames(client)
        assert (frame["topic"], frame["seq"]) == ("session", before + 1)
        assert (frame["data"]["text"], frame["data"]["roomIds"], frame["data"]["user"]["id"]) == ("five more minutes", None, "olga")


async def test_broadcast_to_a_room_reaches_its_people_and_staff_once_outside_every_topic(world: World) -> None:
    staff, people, blue, _ = await _scene(world)
    await staff.ask("room.join", roomId=blue)
    phone = await world.another(people["ann"])
    assert await staff.ask("broadcast.send", text="hello", roomIds=[blue, blue]) == {"delivered": 3}
    for client in (staff, people["ann"], phone):
        [frame] = _frames(client)
        assert "seq" not in frame
        assert "topic" not in frame
    assert _frames(people["ben"]) == _frames(people["cleo"]) == []


async def test_broadcast_is_among_the_rooms_messages_without_a_chat_push(world: World) -> None:
    staff, people, blue, red = await _scene(world)
    await staff.ask("broadcast.send", text="hello", roomIds=[blue])
    assert people["ann"].pushes("chat.message") == []
    assert _texts(await people["cleo"].ask("room.join", roomId=blue)) == ["hello"]
    assert _texts(await people["cleo"].ask("room.join", roomId=red)) == []


async def test_broadcast_and_staffs_message_from_outside_reach_who_comes_back_within_the_hold(world: World) -> None:
    staff, people, blue, _ = await _scene(world)
    await people["ann"].leave()
    await staff.ask("broadcast.send", text="to all")
    await staff.ask("chat.send", text="to blue", roomId=blue)
    await world.pass_seconds(100)
    back = await world.connect("ann")
    [state] = back.pushes("session.state")
    assert _texts(state["room"]) == ["to all", "to blue"]


async def test_broadcast_survives_a_crash_of_the_room(world: World) -> None:
    staff, people, blue, _ = await _scene(world)
    await staff.ask("broadcast.send", text="hello")
    await world.crash(blue)
    assert _texts((await people["ann"].state())["room"]) == ["hello"]


async def test_broadcast_is_answered_and_heard_only_when_every_room_has_stored_it(world: World) -> None:
    staff, people, *_ = await _scene(world)
    world.store.auto_commit = False
    sent = staff.send("broadcast.send", text="hello")
    await world.settle()
    assert staff.reply(sent) is None
    assert _frames(people["cleo"]) == []
    world.store.commit()
    await world.settle()
    assert staff.reply(sent) is not None
    assert len(_frames(people["cleo"])) == 1
    assert len(batches_of(world.store, "breakout.broadcast.send")) == 1


@pytest.mark.parametrize("submissions", [0, 1, 2])
async def test_broadcast_sent_again_after_a_kill_is_recorded_once(submissions: int) -> None:
    def act(scene: tuple[Client, dict[str, Client], str, str]) -> None:
        scene[0].send("broadcast.send", key="once", text="hello")

    async with killed_after(submissions, _scene, act) as (world, (_, _, blue, red)):
        staff = await world.staff()
        await staff.ask("broadcast.send", key="once", text="hello")
        for room_id in (blue, red):
            assert [message.text for message in world.room_state(room_id).messages] == ["hello"]


async def test_broadcast_to_everybody_is_heard_without_any_open_room(world: World) -> None:
    staff, people, blue, red = await _scene(world)
    for room_id in (blue, red):
        await staff.ask("room.close", roomId=room_id)
    assert await staff.ask("broadcast.send", text="hello") == {"delivered": 4}
    assert len(_frames(people["ann"])) == 1


async def test_broadcast_to_a_closed_unknown_or_restarting_room_is_refused_and_heard_by_nobody(world: World) -> None:
    staff, people, blue, red = await _scene(world)
    await staff.ask("room.close", roomId=red)
    closed = await staff.refused("broadcast.send", text="hello", roomIds=[blue, red])
    assert (closed["code"], closed["details"]) == ("room_closed", {"roomId": red})
    unknown = await staff.refused("broadcast.send", text="hello", roomIds=[blue, "none"])
    assert (unknown["code"], unknown["details"]) == ("room_not_found", {"roomId": "none"})
    world.store.auto_commit = False
    staff.send("room.create", name="what the store has to wait for")
    await world.settle()
    await world.crash(blue)
    sent = staff.send("broadcast.send", text="hello", roomIds=[blue])
    await world.settle()
    world.store.commit()
    await world.settle()
    assert (staff.reply(sent) or {})["error"]["code"] == "room_unavailable"
    assert _frames(people["ann"]) == []
    assert world.room_state(blue).messages == ()


async def test_broadcast_kept_in_the_room_says_when_it_was_sent_as_the_push_does(world: World) -> None:
    staff, ann = await world.staff(), await world.connect("ann")
    room_id = (await staff.ask("room.create", name="Blue"))["room"]["id"]
    await staff.ask("broadcast.send", text="five more minutes", roomIds=[room_id])
    pushed = staff.pushes("broadcast.message")[-1]
    kept = (await ann.ask("room.join", roomId=room_id))["messages"][-1]
    assert {key: kept[key] for key in ("user", "text", "sentAt")} == {key: pushed[key] for key in ("user", "text", "sentAt")}
