"""What staff did, listed and taken back."""

from typing import Any

import pytest

from breakout.room import Status
from breakout.room_commands import Reopen
from tests.actors.harness import Client, World, world_over
from tests.actors.mishap import When, batches_of, die_at, killed_after, seats


async def _evening(world: World) -> tuple[Client, dict[str, Client], str, str]:
    """Staff; Ann and Ben in Blue, Cleo in Red."""
    staff = await world.staff()
    people = {user_id: await world.connect(user_id) for user_id in ("ann", "ben", "cleo")}
    blue, red = await world.room(staff, "Blue"), await world.room(staff, "Red")
    for user_id, room_id in (("ann", blue), ("ben", blue), ("cleo", red)):
        await people[user_id].ask("room.join", roomId=room_id)
    await world.windows()
    return staff, people, blue, red


async def _last(staff: Client, event: str = "") -> dict[str, Any]:
    """The latest change in the list, of this command where one is named."""
    changes = (await staff.ask("history.list"))["changes"]
    found: dict[str, Any] = next(change for change in changes if change["event"].endswith(event))
    return found


async def _undo(staff: Client, event: str = "") -> list[str]:
    change = await _last(staff, event)
    assert change["undoable"]
    restored: list[str] = (await staff.ask("history.undo", changeId=change["changeId"]))["restored"]
    return sorted(restored)


# the list


async def test_list_shows_what_staff_did_latest_first_in_sentences(world: World) -> None:
    staff, people, blue, red = await _evening(world)
    await staff.ask("timer.start", roomId=blue)
    await staff.ask("participant.move", userId="cleo", roomId=blue)
    await staff.ask("participant.move", userId="ann", roomId=None)
    await staff.ask("broadcast.send", text="hello")
    await people["ann"].ask("room.join", roomId=red)
    await staff.ask("room.close", roomId=red)
    changes = (await staff.ask("history.list"))["changes"]
    assert [(change["summary"], change["undoable"]) for change in changes] == [
        ('closed "Red"', True),
        ("moved Ann Test", True),
        ("moved Cleo Test", False),
        ('started the timer of "Blue"', False),
        ('created "Red"', False),
        ('created "Blue"', False),
    ]
    assert {change["by"]["id"] for change in changes} == {"olga"}
    assert changes[0]["at"] == world.room_state(red).ended_at


async def test_list_is_as_long_as_asked_and_reads_as_far_back_as_it_must(world: World) -> None:
    staff, people, blue, _ = await _evening(world)
    await staff.ask("participant.move", userId="cleo", roomId=blue)
    for n in range(700):
        people["ann"].send("chat.send", text=f"text {n}")
        if n % 100 == 0:
            await world.settle()
    await world.settle()
    assert [c["summary"] for c in (await staff.ask("history.list", limit=1))["changes"]] == ["moved Cleo Test"]
    assert await _undo(staff) == ["cleo"]


async def test_facilitators_own_close_is_listed_and_staff_take_it_back(world: World) -> None:
    staff, people, blue, _ = await _evening(world)
    await staff.ask("room.update", roomId=blue, facilitatorId="ann")
    await people["ann"].ask("room.close", roomId=blue)
    assert (await _last(staff))["by"]["id"] == "ann"
    assert await _undo(staff) == ["ann", "ben"]


# undo of a close


async def test_undone_close_leaves_the_room_waiting_with_its_people_and_messages_and_without_its_timer(world: World) -> None:
    staff, people, blue, _ = await _evening(world)
    await people["ann"].ask("chat.send", text="hello")
    await staff.ask("timer.start", roomId=blue)
    await staff.ask("room.close", roomId=blue)
    people["ann"].forget()
    assert await _undo(staff) == ["ann", "ben"]
    room = world.room_state(blue)
    assert (room.status, room.countdown) == (Status.WAITING, None)
    assert [message.text for message in room.messages] == ["hello"]
    assert [(push["roomId"], push["by"]) for push in people["ann"].pushes("participant.seated")] == [(blue, "staff")]


async def test_undone_close_leaves_those_who_went_elsewhere_by_themselves_and_fetches_those_who_were_sent(world: World) -> None:
    staff, people, blue, red = await _evening(world)
    await staff.ask("room.close", roomId=blue)
    await people["ann"].ask("room.join", roomId=red)
    await staff.ask("participant.move", userId="ben", roomId=red)
    assert await _undo(staff, "room.close") == ["ben"]
    assert seats(world) == {"ann": [red], "ben": [blue], "cleo": [red]}


async def test_undone_announcement_of_a_close_lets_the_timer_go_on(world: World) -> None:
    staff, _, blue, _ = await _evening(world)
    started = await staff.ask("timer.start", roomId=blue, durationSeconds=600)
    await staff.ask("room.close", roomId=blue, graceSeconds=60)
    assert await _undo(staff) == []
    room = world.room_state(blue)
    assert (room.status, room.countdown.ends_at) == (Status.ACTIVE, started["timer"]["endsAt"])
    await world.pass_seconds(61)
    assert world.room_state(blue).open


async def test_undo_of_a_close_whose_grace_is_over_reopens_the_room(world: World) -> None:
    staff, _, blue, _ = await _evening(world)
    await staff.ask("room.close", roomId=blue, graceSeconds=5)
    await world.pass_seconds(6)
    assert await _undo(staff) == ["ann", "ben"]
    assert world.room_state(blue).status is Status.WAITING


async def test_undo_of_a_close_is_answered_only_when_it_is_stored(world: World) -> None:
    staff, _, blue, _ = await _evening(world)
    await staff.ask("room.close", roomId=blue, graceSeconds=60)
    change = await _last(staff)
    world.store.auto_commit = False
    sent = staff.send("history.undo", changeId=change["changeId"])
    await world.settle()
    assert staff.reply(sent) is None
    world.store.commit()
    await world.settle()
    assert (staff.reply(sent) or {})["success"]


# undo of a recall


async def test_undone_recall_during_its_grace_lets_the_rooms_go_on(world: World) -> None:
    staff, *_ = await _evening(world)
    await staff.ask("all.recall", graceSeconds=60)
    assert await _undo(staff) == []
    await world.pass_seconds(61)
    assert sorted(seats(world)) == ["ann", "ben", "cleo"]
    assert (await staff.state())["recall"] is None
    assert staff.pushes("recall.progress")[-1]["cancelled"] is True


async def test_undone_recall_brings_everybody_back_to_their_rooms_and_ends_it(world: World) -> None:
    staff, _, blue, red = await _evening(world)
    await staff.ask("all.recall", graceSeconds=5)
    await world.pass_seconds(6)
    assert seats(world) == {}
    assert await _undo(staff) == ["ann", "ben", "cleo"]
    assert seats(world) == {"ann": [blue], "ben": [blue], "cleo": [red]}
    assert (await staff.state())["recall"] is None
    assert len(batches_of(world.store, "breakout.history.undo")) == 1


async def test_undone_recall_is_not_enforced_again_by_a_restart(world: World) -> None:
    staff, *_ = await _evening(world)
    await staff.ask("all.recall", graceSeconds=5)
    await world.pass_seconds(6)
    await _undo(staff)
    async with world_over(world.store, clock=world.root.clock) as reborn:
        await reborn.pass_seconds(1)
        assert sorted(seats(reborn)) == ["ann", "ben", "cleo"]


@pytest.mark.parametrize("how", ["crash", "restart"])
async def test_rooms_opened_after_a_recall_are_left_open_while_it_collects_receipts(world: World, how: str) -> None:
    staff, people, blue, _ = await _evening(world)
    await staff.ask("all.recall", graceSeconds=5)
    await world.pass_seconds(6)
    await staff.ask("room.reopen", roomId=blue)
    green = await world.room(staff, "Green")
    await people["cleo"].ask("room.join", roomId=green)
    expected = {"ann": [blue], "ben": [blue], "cleo": [green]}
    if how == "crash":
        for room_id in (blue, green):
            await world.crash(room_id)
        assert seats(world) == expected
    else:
        async with world_over(world.store, clock=world.root.clock) as reborn:
            await reborn.pass_seconds(1)
            assert seats(reborn) == expected


# undo of moves, swaps, assignments


async def test_undone_move_brings_the_person_back_and_cannot_be_undone_twice(world: World) -> None:
    staff, _, blue, red = await _evening(world)
    await staff.ask("participant.move", userId="ann", roomId=red)
    change = await _last(staff)
    assert await _undo(staff) == ["ann"]
    assert seats(world)["ann"] == [blue]
    refused = await staff.refused("history.undo", changeId=change["changeId"])
    assert refused["code"] == "conflict"
    assert [c["undoable"] for c in (await staff.ask("history.list", limit=2))["changes"]] == [False, False]


async def test_undone_move_out_of_the_main_session_leads_back_there_and_the_other_way_round(world: World) -> None:
    staff, people, blue, red = await _evening(world)
    await staff.ask("participant.move", userId="ann", roomId=None)
    assert await _undo(staff) == ["ann"]
    assert seats(world)["ann"] == [blue]
    await people["ann"].ask("room.leave")
    await staff.ask("participant.move", userId="ann", roomId=red)
    assert await _undo(staff) == ["ann"]
    assert "ann" not in seats(world)


async def test_move_cannot_be_undone_once_the_person_has_moved_on_by_themselves(world: World) -> None:
    staff, people, blue, red = await _evening(world)
    green = await world.room(staff, "Green")
    for leaves in ({"roomId": green}, None):
        await staff.ask("participant.move", userId="ann", roomId=blue)
        await staff.ask("participant.move", userId="ann", roomId=red)
        change = await _last(staff)
        await people["ann"].ask("room.leave" if leaves is None else "room.join", **(leaves or {}))
        before = seats(world)
        assert (await staff.refused("history.undo", changeId=change["changeId"]))["code"] == "conflict"
        assert seats(world) == before


async def test_move_cannot_be_undone_into_a_room_that_is_closed(world: World) -> None:
    staff, _, _, red = await _evening(world)
    await staff.ask("participant.move", userId="cleo", roomId=(await _other(staff, red)))
    change = await _last(staff)
    await staff.ask("room.close", roomId=red)
    assert (await staff.refused("history.undo", changeId=change["changeId"]))["code"] == "conflict"


async def _other(staff: Client, room_id: str) -> str:
    rooms = (await staff.state())["rooms"]
    found: str = next(room["id"] for room in rooms if room["id"] != room_id)
    return found


async def test_undone_swap_swaps_back(world: World) -> None:
    staff, _, blue, red = await _evening(world)
    await staff.ask("participants.swap", userIds=["ann", "cleo"])
    assert await _undo(staff) == ["ann", "cleo"]
    assert seats(world) == {"ann": [blue], "ben": [blue], "cleo": [red]}


async def test_undone_assignment_leaves_those_who_chose_for_themselves_and_takes_back_the_others(world: World) -> None:
    staff, people, blue, red = await _evening(world)
    dan = await world.connect("dan")
    green, grey = await world.room(staff, "Green"), await world.room(staff, "Grey")
    cross = {"ann": red, "ben": red, "cleo": blue, "dan": blue}
    placements = [{"userId": i, "roomId": room_id} for i, room_id in cross.items()]
    await staff.ask("assignments.apply", strategy="manual", assignments=placements)
    await people["ben"].ask("room.join", roomId=green)
    await staff.ask("participant.move", userId="cleo", roomId=grey)
    assert await _undo(staff, "assignments.apply") == ["ann", "cleo", "dan"]
    assert seats(world) == {"ann": [blue], "ben": [green], "cleo": [red]}
    assert await dan.room_id() is None


# what cannot be undone


async def test_undo_of_an_unknown_or_another_kind_of_change_conflicts(world: World) -> None:
    staff, *_ = await _evening(world)
    created = await _last(staff)
    for change_id in ("none", created["changeId"]):
        assert (await staff.refused("history.undo", changeId=change_id))["code"] == "conflict"


async def test_undo_that_would_open_too_many_rooms_is_refused_and_changes_nothing(world: World) -> None:
    staff, _, blue, _ = await _evening(world)
    await staff.ask("room.close", roomId=blue)
    change = await _last(staff)
    await staff.ask("rooms.create", rooms=[{"name": "More"}] * 199)
    refused = await staff.refused("history.undo", changeId=change["changeId"])
    assert (refused["code"], refused["details"]["limit"]) == ("limit_reached", "openRooms")
    assert not world.room_state(blue).open


async def test_undo_whose_room_dies_over_it_is_refused_and_can_be_tried_again(world: World) -> None:
    staff, _, blue, _ = await _evening(world)
    await staff.ask("room.close", roomId=blue)
    die_at(world, blue, Reopen, When.BEFORE)
    change = await _last(staff)
    refused = await staff.refused("history.undo", key="once", changeId=change["changeId"])
    assert refused["code"] == "room_unavailable"
    restored = await staff.ask("history.undo", key="once", changeId=change["changeId"])
    assert sorted(restored["restored"]) == ["ann", "ben"]


async def test_two_managers_who_undo_at_once_see_one_outcome(world: World) -> None:
    staff, _, blue, red = await _evening(world)
    other = await world.staff("oscar")
    await staff.ask("participants.swap", userIds=["ann", "cleo"])
    change = await _last(staff)
    sent = [client.send("history.undo", changeId=change["changeId"]) for client in (staff, other)]
    await world.settle()
    assert (staff.reply(sent[0]) or {})["success"]
    assert other.reply(sent[1]) is not None
    assert seats(world) == {"ann": [blue], "ben": [blue], "cleo": [red]}


@pytest.mark.parametrize("submissions", [0, 1, 2])
async def test_undo_sent_again_after_a_kill_is_done_once(submissions: int) -> None:
    changes: list[str] = []

    async def prepare(world: World) -> Client:
        staff, *_ = await _evening(world)
        await staff.ask("all.recall", graceSeconds=0)
        await world.pass_seconds(1)
        changes.append((await _last(staff))["changeId"])
        return staff

    def act(staff: Client) -> None:
        staff.send("history.undo", key="once", changeId=changes[0])

    async with killed_after(submissions, prepare, act) as (world, _):
        staff = await world.staff()
        reply = await staff.ask("history.undo", key="once", changeId=changes[0])
        assert sorted(reply["restored"]) == ["ann", "ben", "cleo"] == sorted(seats(world))
        assert len(batches_of(world.store, "breakout.history.undo")) == 1
