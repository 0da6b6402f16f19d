"""Crashes: a room's own, too many of them, an operator's, and the supervisor's."""

import itertools
from typing import Any

import pytest
import trio

from actors.messages import RestartRoom
from breakout.room import CloseReason, Status
from breakout.room_events import SeatTaken
from tests.actors.harness import Client, World


async def _occupied(world: World) -> tuple[Client, Client, str]:
    """Staff, somebody inside, and a room with a message and a running timer."""
    staff, ann = await world.staff(), await world.connect("ann")
    room_id = await world.room(staff)
    await ann.ask("room.join", roomId=room_id)
    await ann.ask("chat.send", text="hello")
    await staff.ask("timer.start", roomId=room_id, durationSeconds=600)
    await world.windows()
    return staff, ann, room_id


async def _inside(client: Client) -> Any:
    room = (await client.state())["room"]
    return {name: value for name, value in room.items() if name != "room"}


async def test_crashed_room_comes_back_with_the_same_roster_chat_and_deadline(world: World) -> None:
    _, ann, room_id = await _occupied(world)
    before, inside = world.room_state(room_id), await _inside(ann)
    await world.crash(room_id)
    assert world.room_state(room_id) == before
    assert await _inside(ann) == inside
    await ann.ask("chat.send", text="still here")


async def test_crash_is_shown_to_the_room_and_to_staff_and_to_nobody_else(world: World) -> None:
    staff, ann, room_id = await _occupied(world)
    ben = await world.connect("ben")
    for client in (staff, ann, ben):
        client.forget()
    await world.crash(room_id)
    for client in (staff, ann):
        assert client.events() == ["room.unavailable", "room.restored"]
    assert ben.events() == []


async def test_other_rooms_lose_no_frame_and_no_command_while_one_crashes(world: World) -> None:
    staff, _, blue = await _occupied(world)
    ben = await world.connect("ben")
    red = await world.room(staff, "Red")
    await ben.ask("room.join", roomId=red)
    texts = [f"text {n}" for n in range(20)]
    sent = []
    for text in texts:
        sent.append(ben.send("chat.send", text=text))
        if text in texts[5:8]:
            world.break_room(blue)
        await world.settle()
    assert [push["message"]["text"] for push in ben.pushes("chat.message")] == texts
    replies = [ben.reply(envelope_id) for envelope_id in sent]
    assert all(frame is not None and frame["success"] for frame in replies)
    assert "room.unavailable" not in ben.events()


@pytest.mark.parametrize(
    ("event", "data"),
    [("chat.send", {"text": "x"}), ("help.request", {}), ("room.leave", {}), ("speaking.start", {})],
)
async def test_commands_behind_the_crash_are_refused_as_unavailable(world: World, event: str, data: dict[str, Any]) -> None:
    staff, ann, room_id = await _occupied(world)
    world.break_room(room_id)
    first = ann.send(event, **data)
    joins = staff.send("room.join", roomId=room_id)
    closes = staff.send("room.close", roomId=room_id)
    await world.settle()
    for client, envelope_id in ((ann, first), (staff, joins), (staff, closes)):
        frame = client.reply(envelope_id)
        assert frame is not None
        assert frame["error"]["code"] == "room_unavailable"


@pytest.mark.parametrize("event", ["chat.send", "help.request"])
async def test_commands_to_a_room_that_is_being_read_back_are_refused_as_unavailable(world: World, event: str) -> None:
    staff, ann, room_id = await _occupied(world)
    world.store.auto_commit = False
    staff.send("room.create", name="keeps the store busy")
    await world.settle()
    await world.crash(room_id)
    sent = ann.send(event, **({"text": "x"} if event == "chat.send" else {}))
    await world.settle()
    world.store.auto_commit = True
    world.store.commit()
    await world.settle()
    frame = ann.reply(sent)
    assert frame is not None
    assert frame["error"]["code"] == "room_unavailable"
    await ann.ask(event, **({"text": "x"} if event == "chat.send" else {}))


async def test_command_that_crashes_its_room_is_answered_as_internal(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, ann, _ = await _occupied(world)

    def crash(*_arguments: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("actors.room_actor.decide", crash)
        assert (await ann.refused("chat.send", text="x"))["code"] == "internal"
    await ann.ask("chat.send", text="y")


async def test_people_may_come_and_go_while_their_room_is_dead_but_not_yet_reported(world: World) -> None:
    _, ann, room_id = await _occupied(world)
    world.break_room(room_id)
    world.door.disconnect(ann.connection)
    asked = world.runner.supervisor.ask(RestartRoom(room_id), block=False)
    ben = await world.connect("ben")
    await asked
    assert world.root.statistics().reloads == 0
    assert (await ben.state())["rooms"][0]["id"] == room_id


async def test_room_that_fails_more_often_than_the_intensity_is_closed_and_its_people_return(world: World) -> None:
    staff, ann, room_id = await _occupied(world)
    red = await world.room(staff, "Red")
    for _ in range(3):
        await world.crash(room_id)
    assert world.room_state(room_id).open
    ann.forget()
    await world.crash(room_id)
    [closed] = ann.pushes("room.closed")
    assert (closed["roomId"], closed["reason"]) == (room_id, "failed")
    assert [push["reason"] for push in ann.pushes("recalled")] == ["failed"]
    assert ann.pushes("participant.seated")[-1]["roomId"] is None
    assert await ann.room_id() is None
    await ann.ask("room.join", roomId=red)


async def test_room_that_is_given_up_costs_another_room_no_frame_and_no_command(world: World) -> None:
    staff, _, blue = await _occupied(world)
    ben = await world.connect("ben")
    red = await world.room(staff, "Red")
    await ben.ask("room.join", roomId=red)
    await world.windows()
    ben.forget()
    sent = []
    for number in range(20):
        sent.append(ben.send("chat.send", text=f"text {number}"))
        if number % 5 == 2:
            world.break_room(blue)
            await world.settle()
    await world.windows()
    assert world.room_state(blue).status is Status.CLOSED
    assert all((ben.reply(envelope_id) or {})["success"] for envelope_id in sent)
    messages = [frame for frame in ben.connection.sent if frame["event"] == "breakout.chat.message"]
    assert [frame["data"]["message"]["text"] for frame in messages] == [f"text {number}" for number in range(20)]
    assert [frame["seq"] - messages[0]["seq"] for frame in messages] == list(range(20))
    assert {"room.unavailable", "room.restored", "recalled"}.isdisjoint(ben.events())


async def test_closing_a_failed_room_is_stored(world: World) -> None:
    _, _, room_id = await _occupied(world)
    for _ in range(4):
        await world.crash(room_id)
    stored = await world.store.load_room("demo", room_id)
    assert stored is not None
    assert stored.state.status is Status.CLOSED
    assert world.store.batches[-1][-1].entries[-1].event.reason is CloseReason.FAILED  # type: ignore[union-attr]


async def test_closed_room_that_fails_too_often_is_not_closed_twice(world: World) -> None:
    staff, ann, room_id = await _occupied(world)
    await staff.ask("room.close", roomId=room_id)
    closed = world.room_state(room_id)
    for _ in range(4):
        await world.crash(room_id)
    assert len(ann.pushes("room.closed")) == 1
    assert world.room_state(room_id) == closed
    await staff.ask("room.reopen", roomId=room_id)


async def test_failures_further_apart_than_the_window_close_nothing(world: World) -> None:
    _, _, room_id = await _occupied(world)
    for _ in range(8):
        await world.crash(room_id)
        await world.pass_seconds(2)
    assert world.room_state(room_id).open


async def test_failed_room_works_again_after_it_is_reopened(world: World) -> None:
    staff, ann, room_id = await _occupied(world)
    for _ in range(4):
        await world.crash(room_id)
    reply = await staff.ask("room.reopen", roomId=room_id)
    assert reply["restored"] == ["ann"]
    assert await ann.room_id() == room_id
    await world.crash(room_id)
    await ann.ask("chat.send", text="again")


async def test_restart_by_an_operator_restores_the_room_and_never_closes_it(world: World) -> None:
    _, ann, room_id = await _occupied(world)
    before = world.room_state(room_id)
    ann.forget()
    for _ in range(6):
        assert await world.runner.supervisor.ask(RestartRoom(room_id), block=False)
        await world.settle()
    assert ann.events() == ["room.unavailable", "room.restored"] * 6
    assert world.room_state(room_id) == before
    [statistics] = world.runner.children.statistics()
    assert (statistics.state, statistics.restarts) == ("running", 6)


async def test_restart_of_a_room_without_an_actor_says_so(world: World) -> None:
    await world.staff()
    assert not await world.runner.supervisor.ask(RestartRoom("nowhere"), block=False)


async def test_room_is_read_again_until_the_store_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, ann, room_id = await _occupied(world)
    answers = iter([OSError("disk"), OSError("disk")])
    plain = world.store.load_room

    async def failing(session_id: str, wanted: str) -> Any:
        error = next(answers, None)
        if error is not None:
            raise error
        return await plain(session_id, wanted)

    monkeypatch.setattr(world.store, "load_room", failing)
    await world.crash(room_id)
    assert (await ann.refused("chat.send", text="x"))["code"] == "room_unavailable"
    await world.pass_seconds(3)
    await ann.ask("chat.send", text="back")


async def test_crash_of_the_former_room_in_the_middle_of_a_move_ends_in_one_seat(world: World) -> None:
    staff, ann, blue = await _occupied(world)
    red = await world.room(staff, "Red")
    world.break_room(blue)
    await ann.ask("room.join", roomId=red)
    await world.windows()
    assert "ann" not in world.room_state(blue).seats
    assert "ann" in world.room_state(red).seats
    stored = await world.store.load_room("demo", blue)
    assert stored is not None
    assert stored.state == world.room_state(blue)


async def test_crash_of_the_new_room_in_the_middle_of_a_move_keeps_the_former_seat(world: World) -> None:
    staff, ann, blue = await _occupied(world)
    red = await world.room(staff, "Red")
    world.break_room(red)
    assert (await ann.refused("room.join", roomId=red))["code"] == "room_unavailable"
    await world.windows()
    assert await ann.room_id() == blue
    assert "ann" not in world.room_state(red).seats


async def test_leaving_again_while_the_former_room_restarts_leaves_no_seat_behind(world: World) -> None:
    staff, ann, blue = await _occupied(world)
    red = await world.room(staff, "Red")
    world.store.auto_commit = False
    staff.send("room.create", name="keeps the store busy")
    await world.settle()
    world.break_room(blue)
    ann.send("room.join", roomId=red)
    await world.settle()
    ann.send("room.leave")
    await world.settle()
    world.store.auto_commit = True
    world.store.commit()
    await world.windows()
    assert await ann.room_id() is None
    assert "ann" not in {**world.room_state(blue).seats, **world.room_state(red).seats}


async def test_room_that_crashes_while_a_move_is_held_comes_back_with_what_it_had_emitted(world: World) -> None:
    _, ann, room_id = await _occupied(world)
    world.runner.feed.hold()
    said = ann.send("chat.send", text="held")
    await world.settle()
    assert ann.reply(said) is None
    await world.crash(room_id)
    world.runner.feed.let_go()
    await world.settle()
    frame = ann.reply(said)
    assert frame is not None
    assert frame["success"]
    assert [message.text for message in world.room_state(room_id).messages] == ["hello", "held"]


async def test_crashed_supervisor_takes_nothing_with_it(world: World) -> None:
    staff, ann, room_id = await _occupied(world)
    before, epoch = world.room_state(room_id), (await ann.state())["epoch"]
    for client in (staff, ann):
        client.forget()
    await world.crash_supervisor()
    await world.pass_seconds(2)
    for client in (staff, ann):
        [state] = client.pushes("session.state")
        assert state["epoch"] != epoch
        assert client.connection.closed is None
    assert world.room_state(room_id) == before
    assert world.root.statistics().reloads == 1
    await ann.ask("chat.send", text="still here")


async def test_connection_that_arrives_as_the_supervisor_dies_is_served_after_the_reload(world: World) -> None:
    await world.staff()
    supervisor = world.runner.supervisor
    supervisor.tell("a message no supervisor understands")
    while supervisor.is_alive():
        await trio.lowlevel.checkpoint()
    assert world.door.runner is not None
    ben = await world.connect("ben")
    await world.pass_seconds(2)
    assert ben.events() == ["session.state"]


async def test_commands_that_wait_inside_the_supervisor_are_answered_when_it_dies(world: World) -> None:
    staff, ann, blue = await _occupied(world)
    red = await world.room(staff, "Red")
    world.runner.supervisor.tell("a message no supervisor understands")
    sent = [ann.send("room.join", roomId=red), ann.send("room.leave"), ann.send("room.join", roomId=blue)]
    await world.settle()
    frames = [ann.reply(envelope_id) for envelope_id in sent]
    assert [frame and frame["error"]["code"] for frame in frames] == ["overloaded"] * 3


async def test_moves_that_wait_for_another_are_answered_when_the_supervisor_dies(world: World) -> None:
    staff, ann, blue = await _occupied(world)
    red = await world.room(staff, "Red")
    world.runner.feed.hold()
    sent = [ann.send("room.join", roomId=red), ann.send("room.leave"), staff.send("timer.extendAll", seconds=5)]
    await world.settle()
    await world.crash_supervisor()
    await world.pass_seconds(2)
    for client, envelope_id in zip((ann, ann, staff), sent, strict=True):
        frame = client.reply(envelope_id)
        assert frame is not None
        assert frame["error"]["code"] == "storage_unavailable"
    taken = [e.event for batch in world.store.batches for c in batch for e in c.entries if isinstance(e.event, SeatTaken)]
    assert len(taken) == 1
    assert await ann.room_id() == blue


async def test_session_is_loaded_with_growing_patience_while_the_store_fails(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await world.connect("ann")
    attempts: list[int] = []
    plain = world.store.load_session

    async def failing(session_id: str, *, now: int) -> Any:
        attempts.append(now)
        if len(attempts) < 4:
            raise OSError("disk")
        return await plain(session_id, now=now)

    monkeypatch.setattr(world.store, "load_session", failing)
    await world.crash_supervisor()
    await world.pass_seconds(20)
    pauses = [round((after - before) / 1000) for before, after in itertools.pairwise(attempts)]
    assert pauses == [2, 4, 8]
    assert ann.events().count("session.state") == 2


async def test_restart_by_an_operator_is_not_logged_as_a_bug(world: World, caplog: pytest.LogCaptureFixture) -> None:
    staff = await world.staff()
    room_id = await world.room(staff)
    await world.runner.supervisor.ask(RestartRoom(room_id), block=False)
    await world.settle()
    assert staff.pushes("room.restored") == [{"roomId": room_id}]
    assert not caplog.records
