"""The ticks of many rooms: nobody waits for all of them, and one that fails takes no other with it."""

from collections.abc import Callable
from typing import Any

import pytest
import trio

from actors import metronome
from gateway.wire.encode import WireEncoder
from tests.actors.harness import Client, World


async def _rooms(world: World, names: str) -> dict[str, tuple[str, Client]]:
    """Rooms with running timers, each with one person of the same name."""
    staff = await world.staff()
    rooms = {}
    for name in names.split():
        person, room_id = await world.connect(name), await world.room(staff, name)
        await person.ask("room.join", roomId=room_id)
        await staff.ask("timer.start", roomId=room_id, durationSeconds=60)
        rooms[name] = room_id, person
    return rooms


def _ticks(client: Client) -> list[int]:
    return [tick["remainingSeconds"] for tick in client.pushes("timer.tick")]


@pytest.fixture
def tick_fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the next tick of a room raise, once it is named."""
    failing: list[str] = []
    frames_of = WireEncoder.tick_frames

    def tick_frames(self: WireEncoder, room_id: str, *rest: Any) -> Callable[[int, int], bytes]:
        frame = frames_of(self, room_id, *rest)

        def failing_frame(remaining_seconds: int, now: int) -> bytes:
            if room_id in failing:
                failing.clear()
                raise ZeroDivisionError
            return frame(remaining_seconds, now)

        return failing_frame

    monkeypatch.setattr(WireEncoder, "tick_frames", tick_frames)
    return failing.append


async def test_room_whose_tick_fails_is_restarted_and_the_others_tick(
    world: World, tick_fails: Callable[[str], None]
) -> None:
    rooms = await _rooms(world, "ann ben cem")
    room_id, ben = rooms["ben"]
    await world.pass_seconds(1)
    tick_fails(room_id)
    await world.pass_seconds(3)
    assert _ticks(rooms["ann"][1]) == _ticks(rooms["cem"][1]) == [60, 59, 58, 57]
    assert _ticks(ben) == [60, 58, 57]
    assert [push["roomId"] for push in ben.pushes("room.restored")] == [room_id]


async def test_restarted_room_ticks_once_a_beat(world: World) -> None:
    room_id, ann = (await _rooms(world, "ann"))["ann"]
    for _ in range(3):
        await world.crash(room_id)
        await world.pass_seconds(1)
    assert len(_ticks(ann)) == len(set(_ticks(ann))) >= 2


async def test_stopped_timers_leave_nothing_behind(world: World) -> None:
    room_id, _ = (await _rooms(world, "ann"))["ann"]
    beats = world.root._metronome._beats
    assert len(beats) == 1
    await (await world.staff("otto")).ask("room.close", roomId=room_id)
    await world.pass_seconds(2)
    assert not beats


async def test_others_get_a_turn_between_many_rooms(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each beat of a room counts as one more than its listeners: two turns of three, and one of two."""
    monkeypatch.setattr(metronome, "TICKS_PER_TURN", 6)
    rooms = await _rooms(world, "ann ben cem dan eve fay gus hal")
    clock = world.root.clock
    await trio.sleep_until(clock.deadline(clock.now() // 1000 * 1000 + 1000))
    seen = set()
    for _ in range(20):
        seen.add(sum(len(_ticks(person)) for _, person in rooms.values()))
        await trio.lowlevel.checkpoint()
    assert seen & {3, 6}  # of which trio's random order may hide one
    assert seen <= {0, 3, 6, 8}
