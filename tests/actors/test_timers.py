"""Timers as people in rooms see them: beats, warnings, the end, and what does not disturb them."""

from typing import Any

import pytest

from actors.flusher import Flusher
from actors.steady_clock import SteadyClock
from breakout.room import Status
from tests.actors.harness import START_MS, Client, World, world_over
from tests.fakes.memory_store import MemoryStore


async def _running(world: World, seconds: int) -> tuple[Client, Client, str]:
    """Staff, somebody inside, and a room whose timer has just been started."""
    staff, ann = await world.staff(), await world.connect("ann")
    room_id = await world.room(staff)
    await ann.ask("room.join", roomId=room_id)
    await staff.ask("timer.start", roomId=room_id, durationSeconds=seconds)
    return staff, ann, room_id


def _seconds(client: Client) -> list[int]:
    return [tick["remainingSeconds"] for tick in client.pushes("timer.tick")]


async def test_end_falls_on_a_whole_second_and_never_too_early(world: World) -> None:
    staff, _, _ = await _running(world, 10)
    [room] = (await staff.state())["rooms"]
    assert room["timer"]["endsAt"] == START_MS + 10_600
    assert room["timer"]["endsAt"] % 1000 == 0


async def test_start_replies_and_tells_the_room_and_staff_once(world: World) -> None:
    staff, ann, room_id = await _running(world, 10)
    for client in (staff, ann):
        [update] = client.pushes("timer.updated")
        assert (update["roomId"], update["status"], update["timer"]["state"]) == (room_id, "ACTIVE", "running")
    assert staff.events()[-2:] == ["reply", "timer.updated"]


async def test_people_inside_get_a_tick_on_every_whole_second_until_the_end(world: World) -> None:
    _, ann, _ = await _running(world, 5)
    await world.pass_seconds(6)
    ticks = ann.pushes("timer.tick")
    assert _seconds(ann) == [5, 4, 3, 2, 1, 0]
    assert all(tick["serverAt"] % 1000 == 0 for tick in ticks)
    assert all(tick["endsAt"] - tick["serverAt"] == tick["remainingSeconds"] * 1000 for tick in ticks)


async def test_ticks_have_no_seq_and_go_to_nobody_outside(world: World) -> None:
    staff, ann, _ = await _running(world, 5)
    ben = await world.connect("ben")
    await world.pass_seconds(3)
    frames = [f for f in ann.connection.sent if f["event"] == "breakout.timer.tick"]
    assert frames
    assert all(frame.get("seq") is None for frame in frames)
    assert _seconds(staff) == _seconds(ben) == []


async def test_all_rooms_beat_together(world: World) -> None:
    staff, ann, _ = await _running(world, 10)
    ben = await world.connect("ben")
    await world.pass_seconds(0.37)
    red = await world.room(staff, "Red")
    await ben.ask("room.join", roomId=red)
    await staff.ask("timer.start", roomId=red, durationSeconds=7)
    await world.pass_seconds(3)
    beats = [{tick["serverAt"] for tick in client.pushes("timer.tick")} for client in (ann, ben)]
    assert beats[1] <= beats[0]
    assert len(beats[1]) >= 3


async def test_nothing_is_sent_without_listeners_and_ticks_resume_when_somebody_connects(world: World) -> None:
    _, ann, _ = await _running(world, 30)
    await ann.leave()
    await world.windows()
    frames = world.runner.feed.audience.frames
    await world.pass_seconds(5)
    assert world.runner.feed.audience.frames == frames
    back = await world.connect("ann")
    await world.pass_seconds(2)
    assert _seconds(back) == [25, 24]


async def test_room_that_messages_keep_busy_ticks_on_every_beat(world: World) -> None:
    staff, ann, room_id = await _running(world, 10)
    for _ in range(80):
        await world.pass_seconds(0.0251)
        staff.send("chat.send", roomId=room_id, text="hello")
    assert _seconds(ann) == [10, 9]


async def test_beats_that_were_slept_through_are_not_made_up_for(world: World) -> None:
    _, ann, _ = await _running(world, 60)
    await world.pass_seconds(1)
    world.root.clock._wall_ms += 5_000  # as if the process had been stopped
    await world.pass_seconds(2)
    assert _seconds(ann) == [60, 54, 53]


async def test_beat_that_is_due_before_the_one_before_it_is_played_is_late_and_not_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, ann, _ = await _running(world, 60)
    await world.pass_seconds(1)
    clock, send_ticks = world.root.clock, Flusher.send_ticks

    def slow(self: Flusher, *args: Any) -> None:
        send_ticks(self, *args)
        monkeypatch.undo()
        clock._wall_ms += 1_000  # as if it had taken a second

    monkeypatch.setattr(Flusher, "send_ticks", slow)
    await world.pass_seconds(2)
    assert _seconds(ann) == [60, 59, 58, 57]


async def test_end_that_was_slept_through_says_that_nothing_is_left(world: World) -> None:
    _, ann, _ = await _running(world, 5)
    await world.pass_seconds(1)
    world.root.clock._wall_ms += 60_000
    await world.pass_seconds(5)
    assert _seconds(ann) == [5, 0]
    assert [push["reason"] for push in ann.pushes("room.closed")] == ["timer"]


async def test_extension_changes_the_next_tick_and_doubles_none(world: World) -> None:
    staff, ann, room_id = await _running(world, 10)
    await world.pass_seconds(2)
    await staff.ask("timer.extend", roomId=room_id, seconds=30)
    await world.pass_seconds(2)
    assert _seconds(ann) == [10, 9, 38, 37]
    revisions = [tick["revision"] for tick in ann.pushes("timer.tick")]
    assert revisions == [revisions[0]] * 2 + [revisions[0] + 1] * 2


async def test_warnings_come_once_each_and_only_those_below_the_duration(world: World) -> None:
    staff, ann, _ = await _running(world, 301)
    await world.pass_seconds(301)
    for client in (staff, ann):
        assert [push["remainingSeconds"] for push in client.pushes("timer.warning")] == [300, 60]


async def test_no_warning_where_the_threshold_is_not_below_the_duration(world: World) -> None:
    _, ann, _ = await _running(world, 60)
    await world.pass_seconds(50)
    assert ann.pushes("timer.warning") == []


async def test_warning_comes_again_after_an_extension_past_it(world: World) -> None:
    staff, ann, room_id = await _running(world, 61)
    await world.pass_seconds(3)
    assert world.room_state(room_id).status is Status.CLOSING
    await staff.ask("timer.extend", roomId=room_id, seconds=30)
    assert world.room_state(room_id).status is Status.ACTIVE
    await world.pass_seconds(40)
    assert [push["remainingSeconds"] for push in ann.pushes("timer.warning")] == [60, 60]


async def test_end_closes_the_room_and_brings_everybody_back(world: World) -> None:
    staff, ann, room_id = await _running(world, 5)
    await world.windows()
    ann.forget()
    await world.pass_seconds(7)
    ends_at = START_MS + 5_600
    assert ann.pushes("room.closed") == [{"roomId": room_id, "reason": "timer", "endedAt": ends_at}]
    [recalled] = ann.pushes("recalled")
    assert (recalled["reason"], recalled["graceSeconds"], recalled["returnAt"]) == ("timer", 0, ends_at)
    assert ann.pushes("participant.seated") == [{"roomId": None, "by": "recall", "room": None}]
    names = [name for name in ann.events() if name != "timer.tick"]
    assert names[:3] == ["room.closed", "recalled", "participant.seated"]
    assert staff.pushes("rooms.updated")[-1]["rooms"][0]["status"] == "CLOSED"


async def test_second_start_is_refused_and_resets_nothing(world: World) -> None:
    staff, _, room_id = await _running(world, 60)
    ends_at = world.room_state(room_id).countdown.ends_at
    await world.pass_seconds(5)
    assert (await staff.refused("timer.start", roomId=room_id))["code"] == "timer_running"
    assert world.room_state(room_id).countdown.ends_at == ends_at


async def test_rejoin_restarts_nothing(world: World) -> None:
    _, ann, room_id = await _running(world, 60)
    ends_at = world.room_state(room_id).countdown.ends_at
    await ann.ask("room.leave")
    await world.pass_seconds(5)
    inside = await ann.ask("room.join", roomId=room_id)
    assert inside["timer"]["endsAt"] == ends_at
    assert inside["timer"]["remainingSeconds"] == -(-(ends_at - world.root.clock.now()) // 1000)


async def test_pause_stops_the_beat_and_resume_keeps_what_was_left(world: World) -> None:
    staff, ann, room_id = await _running(world, 10)
    await world.pass_seconds(3)
    paused = (await staff.ask("timer.pause", roomId=room_id))["timer"]
    assert (paused["state"], paused["endsAt"]) == ("paused", None)
    ann.forget()
    await world.pass_seconds(30)
    assert _seconds(ann) == []
    resumed = (await staff.ask("timer.resume", roomId=room_id))["timer"]
    left = resumed["endsAt"] - world.root.clock.now()
    assert 7000 <= left < 8000
    await world.pass_seconds(9)
    assert [push["reason"] for push in ann.pushes("room.closed")] == ["timer"]


async def test_stop_leads_back_to_waiting_and_ends_the_beat(world: World) -> None:
    staff, ann, room_id = await _running(world, 5)
    assert await staff.ask("timer.stop", roomId=room_id) == {"timer": None}
    ann.forget()
    await world.pass_seconds(20)
    assert _seconds(ann) == []
    assert world.room_state(room_id).status is Status.WAITING
    assert (await staff.refused("timer.extend", roomId=room_id, seconds=5))["code"] == "timer_not_running"


async def test_extend_all_moves_every_running_timer_and_no_other(world: World) -> None:
    staff, _, blue = await _running(world, 60)
    red, green = await world.room(staff, "Red"), await world.room(staff, "Green")
    await staff.ask("timer.start", roomId=red, durationSeconds=90)
    ends = {room_id: world.room_state(room_id).countdown.ends_at for room_id in (blue, red)}
    reply = await staff.ask("timer.extendAll", seconds=30)
    assert sorted(reply["roomIds"]) == sorted([blue, red])
    for room_id, before in ends.items():
        assert world.room_state(room_id).countdown.ends_at == before + 30_000
    assert world.room_state(green).countdown is None


async def test_jump_of_the_wall_clock_moves_no_timer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, ann, _ = await _running(world, 5)
    monkeypatch.setattr("time.time_ns", lambda: (START_MS + 3_600_000) * 1_000_000)
    monkeypatch.setattr("time.time", lambda: (START_MS + 3_600_000) / 1000)
    await world.pass_seconds(3)
    assert _seconds(ann) == [5, 4, 3]


async def test_clock_reaches_an_instant_exactly_at_its_deadline_or_later() -> None:
    clock = SteadyClock(START_MS)
    for offset in (0, 1, 999, 86_400_000):
        late_ms = (clock.deadline(START_MS + offset) - clock.deadline(START_MS)) * 1000 - offset
        assert abs(late_ms) < 0.01


async def test_timer_survives_a_restart_with_the_same_end() -> None:
    store = MemoryStore()
    async with world_over(store) as first:
        _, _, room_id = await _running(first, 60)
        clock, ends_at = first.root.clock, first.room_state(room_id).countdown.ends_at
        await first.pass_seconds(10)
    async with world_over(store, clock=clock) as second:
        assert second.room_state(room_id).countdown.ends_at == ends_at
        ann = await second.connect("ann")
        await second.pass_seconds(2)
        assert _seconds(ann)
        await second.pass_seconds(50)
        assert ann.pushes("room.closed") == [{"roomId": room_id, "reason": "timer", "endedAt": ends_at}]


async def test_timer_that_ended_while_the_server_was_down_closes_the_room_at_its_own_time() -> None:
    store = MemoryStore()
    async with world_over(store) as first:
        _, _, room_id = await _running(first, 60)
        ends_at = first.room_state(room_id).countdown.ends_at
    async with world_over(store, clock=SteadyClock(START_MS + 3_600_000)) as second:
        await second.settle()
        state = second.room_state(room_id)
        assert (state.status, state.ended_at) == (Status.CLOSED, ends_at)


async def test_command_that_waited_behind_the_end_of_a_timer_finds_the_room_closed(world: World) -> None:
    staff = await world.staff()
    room = (await staff.ask("room.create", name="Blue"))["room"]
    await staff.ask("timer.start", roomId=room["id"], durationSeconds=5)
    clock = world.root.clock
    ends_at = world.room_state(room["id"]).countdown.ends_at
    clock._wall_ms += ends_at - clock.now()  # as if the loop had been held up until then
    error = await staff.refused("chat.send", roomId=room["id"], text="too late")
    assert error["code"] == "room_closed"
