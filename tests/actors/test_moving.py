"""Moves by staff: one at a time, swaps, and what watchers see of them."""

from typing import Any

from tests.actors.harness import Client, World


async def _two_rooms(world: World) -> tuple[Client, Client, Client, str, str]:
    staff, ann, ben = await world.staff(), await world.connect("ann"), await world.connect("ben")
    blue, red = [await world.room(staff, name, maxParticipants=1) for name in ("Blue", "Red")]
    await ann.ask("room.join", roomId=blue)
    await ben.ask("room.join", roomId=red)
    await world.windows()
    for client in (staff, ann, ben):
        client.forget()
    return staff, ann, ben, blue, red


def _views(staff: Client, rooms: dict[str, set[str]]) -> list[dict[str, set[str]]]:
    """Who is shown where after each `participants.update`, from `rooms` on."""
    shown = {room_id: set(people) for room_id, people in rooms.items()}
    views = []
    for push in staff.pushes("participants.update"):
        people = shown.setdefault(push["roomId"], set())
        people -= set(push["left"])
        people |= {p["userId"] for p in push["joined"]}
        views.append({room_id: set(inside) for room_id, inside in shown.items()})
    return views


async def test_staff_move_somebody_and_every_device_follows(world: World) -> None:
    staff, ann, _, _, _ = await _two_rooms(world)
    green = await world.room(staff, "Green")
    phone = await world.another(ann)
    await staff.ask("participant.move", userId="ann", roomId=green)
    for device in (ann, phone):
        assert [(push["roomId"], push["by"]) for push in device.pushes("participant.seated")] == [(green, "staff")]
    await staff.ask("participant.move", userId="ann", roomId=None)
    assert ann.pushes("participant.seated")[-1] == {"roomId": None, "by": "staff", "room": None}
    assert await ann.room_id() is None


async def test_staff_may_move_into_a_locked_room_but_not_into_a_full_one(world: World) -> None:
    staff, ann, _, blue, red = await _two_rooms(world)
    locked = await world.room(staff, "Locked", locked=True)
    assert (await staff.refused("participant.move", userId="ann", roomId=red))["code"] == "room_full"
    assert await ann.room_id() == blue
    await staff.ask("participant.move", userId="ann", roomId=locked)


async def test_unknown_people_and_rooms_are_refused(world: World) -> None:
    staff, _, _, blue, _ = await _two_rooms(world)
    assert (await staff.refused("participant.move", userId="nobody", roomId=blue))["code"] == "user_not_found"
    assert (await staff.refused("participant.move", userId="ann", roomId="nowhere"))["code"] == "room_not_found"


async def test_attendees_may_not_move_anybody(world: World) -> None:
    _, ann, _, blue, _ = await _two_rooms(world)
    assert (await ann.refused("participant.move", userId="ben", roomId=blue))["code"] == "forbidden"


async def test_swap_of_two_full_rooms_is_one_commit_and_changes_both_seats(world: World) -> None:
    staff, ann, ben, blue, red = await _two_rooms(world)
    batches = len(world.store.batches)
    await staff.ask("participants.swap", userIds=["ann", "ben"])
    assert (await ann.room_id(), await ben.room_id()) == (red, blue)
    changed = [batch for batch in world.store.batches[batches:] if any(c.entries for c in batch)]
    assert len(changed) == 1


async def test_watcher_of_a_move_never_sees_the_mover_in_two_rooms(world: World) -> None:
    staff, _, _, blue, red = await _two_rooms(world)
    green = await world.room(staff, "Green")
    await staff.ask("participant.move", userId="ann", roomId=green)
    await world.windows()
    views = _views(staff, {blue: {"ann"}, red: {"ben"}})
    assert [sum("ann" in people for people in view.values()) for view in views] == [0, 1]


async def test_watcher_of_a_swap_never_sees_anybody_in_two_rooms(world: World) -> None:
    staff, _, _, blue, red = await _two_rooms(world)
    await staff.ask("participants.swap", userIds=["ann", "ben"])
    await world.windows()
    views: Any = _views(staff, {blue: {"ann"}, red: {"ben"}})
    assert all(sum(user in people for people in view.values()) <= 1 for view in views for user in ("ann", "ben"))
    assert views[-1] == {blue: {"ben"}, red: {"ann"}}


async def test_mover_who_speaks_is_silent_in_the_new_room_and_keeps_their_seconds_in_the_old_one(world: World) -> None:
    staff, ann, _, _, _ = await _two_rooms(world)
    green = await world.room(staff, "Green")
    await ann.ask("speaking.start")
    await world.pass_seconds(4)
    inside = await ann.ask("room.join", roomId=green)
    assert [(p["speaking"], p["speakingTimeSeconds"]) for p in inside["participants"]] == [(False, 0)]
    spoke = [
        e.event for batch in world.store.batches for c in batch for e in c.entries if type(e.event).__name__ == "SpokeFor"
    ]
    assert [(event.user_id, event.seconds) for event in spoke] == [("ann", 4)]  # type: ignore[union-attr]
    await world.windows()
    assert staff.pushes("participants.update")[-1]["joined"][0]["speaking"] is False


async def test_device_that_vanishes_right_after_it_began_to_speak_is_shown_silent(world: World) -> None:
    staff, ann, _, _, _ = await _two_rooms(world)
    phone = await world.another(ann)
    await phone.ask("speaking.start")
    await world.windows()
    await phone.leave()
    await world.windows()
    shown = [p["speaking"] for push in staff.pushes("participants.update") for p in push["changed"]]
    assert shown == [True, False]
