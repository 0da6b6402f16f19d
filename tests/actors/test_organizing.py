"""Staff move people, let them swap, and attach companions to them."""

import pytest

from tests.actors.harness import Client, World
from tests.actors.mishap import batches_of, never_in_two_rooms, rosters, seats


async def _two_rooms(world: World, **fields: object) -> tuple[Client, Client, Client, str, str]:
    """Staff; Ann in Blue and Ben in Red."""
    staff, ann, ben = await world.staff(), await world.connect("ann"), await world.connect("ben")
    blue, red = await world.room(staff, "Blue", **fields), await world.room(staff, "Red", **fields)
    await ann.ask("room.join", roomId=blue)
    await ben.ask("room.join", roomId=red)
    await world.windows()
    for client in (staff, ann, ben):
        client.forget()
    return staff, ann, ben, blue, red


# move


async def test_moved_persons_devices_all_follow(world: World) -> None:
    staff, ann, _, _, red = await _two_rooms(world)
    phone = await world.another(ann)
    assert await staff.ask("participant.move", userId="ann", roomId=red) == {}
    for device in (ann, phone):
        [seated] = device.pushes("participant.seated")
        assert (seated["roomId"], seated["by"]) == (red, "staff")
        assert {p["userId"] for p in seated["room"]["participants"]} == {"ann", "ben"}


async def test_move_is_one_batch_and_shows_nobody_in_two_rooms(world: World) -> None:
    staff, _, _, blue, red = await _two_rooms(world)
    await staff.ask("participant.move", userId="ann", roomId=red)
    await world.windows()
    assert len(batches_of(world.store, "breakout.participant.move")) == 1
    assert [(p["roomId"], p["left"]) for p in staff.pushes("participants.update")] == [(blue, ["ann"]), (red, [])]
    assert never_in_two_rooms(staff, {blue: ["ann"], red: ["ben"]}) == []


async def test_moved_absent_person_has_a_held_seat_until_the_hold_ends(world: World) -> None:
    staff, ann, _, _, red = await _two_rooms(world)
    await ann.ask("room.leave")
    await ann.leave()
    await staff.ask("participant.move", userId="ann", roomId=red)
    assert seats(world)["ann"] == [red]
    await world.pass_seconds(119)
    assert seats(world)["ann"] == [red]
    await world.pass_seconds(2)
    assert "ann" not in seats(world)


async def test_person_moved_to_null_is_in_the_main_session_and_in_the_lobby(world: World) -> None:
    staff, ann, *_ = await _two_rooms(world)
    await staff.ask("participant.move", userId="ann", roomId=None)
    assert [(p["roomId"], p["by"], p["room"]) for p in ann.pushes("participant.seated")] == [(None, "staff", None)]
    assert "ann" in [member["userId"] for member in (await staff.state())["lobby"]]


async def test_moving_somebody_who_sits_nowhere_to_null_succeeds_and_changes_nothing(world: World) -> None:
    staff, ann, *_ = await _two_rooms(world)
    await ann.ask("room.leave")
    position = world.store.position
    assert await staff.ask("participant.move", userId="ann", roomId=None) == {}
    assert world.store.position == position


async def test_two_managers_who_take_somebody_out_at_once_both_succeed(world: World) -> None:
    staff, *_ = await _two_rooms(world)
    other = await world.staff("oscar")
    first = staff.send("participant.move", userId="ann", roomId=None)
    second = other.send("participant.move", userId="ann", roomId=None)
    await world.settle()
    replies = [staff.reply(first), other.reply(second)]
    assert [reply and reply["success"] for reply in replies] == [True, True]
    assert "ann" not in seats(world)


async def test_two_managers_who_move_somebody_to_two_rooms_at_once_leave_one_seat(world: World) -> None:
    staff, _, _, _, red = await _two_rooms(world)
    other, green = await world.staff("oscar"), await world.room(staff, "Green")
    staff.send("participant.move", userId="ann", roomId=red)
    other.send("participant.move", userId="ann", roomId=green)
    await world.settle()
    assert seats(world)["ann"] == [green]


async def test_join_that_waits_behind_a_refused_leave_is_carried_out(world: World) -> None:
    _, ann, _, _, red = await _two_rooms(world)
    sent = [ann.send("room.leave"), ann.send("room.leave"), ann.send("room.join", roomId=red)]
    await world.settle()
    replies = [ann.reply(envelope_id) for envelope_id in sent]
    assert [reply and reply["success"] for reply in replies] == [True, False, True]
    assert seats(world)["ann"] == [red]


@pytest.mark.parametrize(
    ("who", "fields", "code"),
    [
        ("nobody", {}, "user_not_found"),
        ("ann", {"maxParticipants": 1}, "room_full"),
        ("ann", {"locked": True}, None),
    ],
)
async def test_move_into_a_room_is_refused_for_what_bars_staff(world: World, who: str, fields: dict, code: str | None) -> None:
    staff, _, _, blue, red = await _two_rooms(world)
    await staff.ask("room.update", roomId=red, **fields)
    sent = staff.send("participant.move", userId=who, roomId=red)
    await world.settle()
    reply = staff.reply(sent)
    assert reply is not None
    assert reply.get("error", {}).get("code") == code
    assert seats(world)["ann"] == [red if code is None else blue]


async def test_move_into_a_closed_or_unknown_room_or_over_a_stale_revision_changes_nothing(world: World) -> None:
    staff, _, _, blue, red = await _two_rooms(world)
    revision = world.room_state(red).revision
    await staff.ask("room.update", roomId=red, name="Crimson")
    stale = await staff.refused("participant.move", userId="ann", roomId=red, expectedRevision=revision)
    assert (stale["code"], stale["details"]) == ("conflict", {"revision": revision + 1})
    await staff.ask("room.close", roomId=red)
    assert (await staff.refused("participant.move", userId="ann", roomId=red))["code"] == "room_closed"
    assert (await staff.refused("participant.move", userId="ann", roomId="none"))["code"] == "room_not_found"
    assert seats(world) == {"ann": [blue]}


# swap


async def test_people_swap_over_full_and_locked_rooms_as_one_batch(world: World) -> None:
    staff, ann, ben, blue, red = await _two_rooms(world, maxParticipants=1)
    for room_id in (blue, red):
        await staff.ask("room.update", roomId=room_id, locked=True)
    assert await staff.ask("participants.swap", userIds=["ann", "ben"]) == {}
    await world.windows()
    assert seats(world) == {"ann": [red], "ben": [blue]}
    assert len(batches_of(world.store, "breakout.participants.swap")) == 1
    assert [p["roomId"] for p in ann.pushes("participant.seated")] == [red]
    assert [p["roomId"] for p in ben.pushes("participant.seated")] == [blue]
    assert never_in_two_rooms(staff, {blue: ["ann"], red: ["ben"]}) == []


async def test_swap_within_one_room_changes_nothing(world: World) -> None:
    staff, _, ben, blue, _ = await _two_rooms(world)
    await ben.ask("room.join", roomId=blue)
    before, position = seats(world), world.store.position
    await staff.ask("participants.swap", userIds=["ann", "ben"])
    assert (seats(world), world.store.position) == (before, position)


async def test_nobody_else_gets_the_place_between_the_halves_of_a_swap(world: World) -> None:
    staff, _, _, blue, red = await _two_rooms(world, maxParticipants=1)
    others = [await world.connect(f"guest-{n}") for n in range(4)]
    sent = staff.send("participants.swap", userIds=["ann", "ben"])
    for n, other in enumerate(others):
        other.send("room.join", roomId=(blue, red)[n % 2])
    await world.settle()
    assert (staff.reply(sent) or {})["success"]
    assert seats(world) == {"ann": [red], "ben": [blue]}


@pytest.mark.parametrize(
    ("pair", "code"),
    [(["ann", "ann"], "invalid_data"), (["ann", "none"], "user_not_found"), (["ann", "cleo"], "not_in_room")],
)
async def test_swap_of_people_who_cannot_swap_changes_nothing(world: World, pair: list[str], code: str) -> None:
    staff, *_ = await _two_rooms(world)
    await world.connect("cleo")
    before = seats(world)
    assert (await staff.refused("participants.swap", userIds=pair))["code"] == code
    assert seats(world) == before


async def test_swap_with_a_room_that_is_closing_changes_nothing(world: World) -> None:
    staff, _, _, _, red = await _two_rooms(world)
    await staff.ask("room.close", roomId=red, graceSeconds=30)
    before = seats(world)
    assert (await staff.refused("participants.swap", userIds=["ann", "ben"]))["code"] == "room_closed"
    assert seats(world) == before


async def test_swap_that_needs_a_place_more_than_there_is_changes_nothing(world: World) -> None:
    staff, ann, _, blue, _ = await _two_rooms(world, maxParticipants=1)
    await staff.ask("room.update", roomId=blue, facilitatorId="ann")
    cleo = await world.connect("cleo")
    await cleo.ask("room.join", roomId=blue)
    before = seats(world)
    assert (await staff.refused("participants.swap", userIds=["ann", "ben"]))["code"] == "room_full"
    assert seats(world) == before
    assert ann.pushes("participant.seated") == []


async def test_two_managers_who_press_swap_at_once_swap_once(world: World) -> None:
    staff, _, _, blue, red = await _two_rooms(world)
    other = await world.staff("oscar")
    first = staff.send("participants.swap", userIds=["ann", "ben"])
    second = other.send("participants.swap", userIds=["ben", "ann"])
    await world.settle()
    assert (staff.reply(first) or {})["success"]
    assert (other.reply(second) or {})["error"]["code"] == "conflict"
    assert seats(world) == {"ann": [red], "ben": [blue]}


# companions


async def _companion(world: World, **fields: object) -> tuple[Client, Client, Client, str, str]:
    """Staff; Ann in Blue with Cleo, who accompanies her; and Red."""
    staff, ann, ben, blue, red = await _two_rooms(world, **fields)
    await ben.leave()
    await staff.ask("participant.move", userId="ben", roomId=None)
    cleo = await world.connect("cleo")
    await staff.ask("companion.set", userId="cleo", companionOf="ann")
    cleo.forget()
    return staff, ann, cleo, blue, red


async def test_new_companion_is_seated_with_their_person_and_takes_no_place(world: World) -> None:
    staff, _, _, blue, _ = await _companion(world, maxParticipants=1)
    assert seats(world)["cleo"] == [blue]
    assert {room["id"]: room["participantCount"] for room in (await staff.state())["rooms"]}[blue] == 1


async def test_companion_follows_joins_moves_and_leaves(world: World) -> None:
    staff, ann, cleo, blue, red = await _companion(world, maxParticipants=1)
    await ann.ask("room.join", roomId=red)
    assert seats(world) == {"ann": [red], "cleo": [red]}
    await staff.ask("participant.move", userId="ann", roomId=blue)
    assert seats(world) == {"ann": [blue], "cleo": [blue]}
    await ann.ask("room.leave")
    assert seats(world) == {}
    assert [push["roomId"] for push in cleo.pushes("participant.seated")] == [red, blue, None]


async def test_companion_swaps_along_in_the_same_batch(world: World) -> None:
    staff, _, _, blue, red = await _companion(world)
    dan = await world.connect("dan")
    await dan.ask("room.join", roomId=red)
    await staff.ask("participants.swap", userIds=["ann", "dan"])
    assert seats(world) == {"ann": [red], "cleo": [red], "dan": [blue]}
    assert len(batches_of(world.store, "breakout.participants.swap")) == 1


async def test_companion_is_assigned_along_and_beyond_capacity(world: World) -> None:
    staff, _, _, _, red = await _companion(world, maxParticipants=1)
    applied = await staff.ask("assignments.apply", strategy="even", roomIds=[red], userIds=["ann"])
    assert applied["assignments"] == [{"userId": "ann", "roomId": red}, {"userId": "cleo", "roomId": red}]
    assert seats(world) == {"ann": [red], "cleo": [red]}


async def test_companion_comes_back_with_their_person_by_recall_and_by_its_undo(world: World) -> None:
    staff, _, _, blue, _ = await _companion(world)
    await staff.ask("all.recall", graceSeconds=0)
    await world.pass_seconds(0.1)
    assert seats(world) == {}
    [change] = [c for c in (await staff.ask("history.list"))["changes"] if c["event"] == "breakout.all.recall"]
    undone = await staff.ask("history.undo", changeId=change["changeId"])
    assert sorted(undone["restored"]) == ["ann", "cleo"]
    assert seats(world) == {"ann": [blue], "cleo": [blue]}


async def test_companion_who_arrives_later_is_seated_with_their_person(world: World) -> None:
    staff, ann, cleo, blue, red = await _companion(world)
    await cleo.ask("room.leave")
    await cleo.leave()
    await staff.ask("room.update", roomId=red, autoAssign=True)
    await world.connect("cleo")
    assert seats(world)["cleo"] == [blue]
    await ann.ask("room.leave")
    back = await world.connect("cleo", first_name="Cleo")
    assert await back.room_id() is None


async def test_absent_companion_without_a_seat_is_not_seated(world: World) -> None:
    staff, _, cleo, _, red = await _companion(world)
    await cleo.ask("room.leave")
    await cleo.leave()
    await staff.ask("participant.move", userId="ann", roomId=red)
    assert seats(world) == {"ann": [red]}


async def test_former_companion_counts_and_goes_their_own_way(world: World) -> None:
    staff, ann, _, blue, red = await _companion(world, maxParticipants=1)
    await staff.ask("companion.set", userId="cleo", companionOf=None)
    assert world.room_state(blue).participant_count == 2
    await ann.ask("room.join", roomId=red)
    assert seats(world) == {"ann": [red], "cleo": [blue]}


@pytest.mark.parametrize(
    ("user_id", "person", "code"),
    [
        ("cleo", "cleo", "invalid_data"),
        ("none", "ann", "user_not_found"),
        ("olga", "cleo", "conflict"),
        ("ann", "olga", "conflict"),
    ],
)
async def test_companion_is_refused_where_it_makes_no_sense(world: World, user_id: str, person: str, code: str) -> None:
    staff, *_ = await _companion(world)
    before = world.runner.feed.session.companions
    assert (await staff.refused("companion.set", userId=user_id, companionOf=person))["code"] == code
    assert world.runner.feed.session.companions == before


async def test_companion_is_one_change_in_the_history_and_set_again_none(world: World) -> None:
    staff, *_ = await _companion(world)
    await staff.ask("companion.set", userId="cleo", companionOf="ann")
    changes = (await staff.ask("history.list"))["changes"]
    assert [c["event"] for c in changes].count("breakout.companion.set") == 1


async def test_companion_is_marked_after_their_room_was_away(world: World) -> None:
    staff, _, _, blue, _ = await _two_rooms(world)
    cleo = await world.connect("cleo")
    await cleo.ask("room.join", roomId=blue)
    world.break_room(blue)
    staff.send("companion.set", userId="cleo", companionOf="ann")
    await world.settle()
    assert world.room_state(blue).seats["cleo"].companion
    assert (await rosters(staff))[blue] == ["ann", "cleo"]
