"""The queue of requests for help, and requests for more time."""

from typing import Any

import pytest

from tests.actors.harness import Client, World, world_over
from tests.fakes.memory_store import MemoryStore


async def _scene(world: World) -> tuple[Client, dict[str, Client], list[str]]:
    """Staff; Ann and Ben in Blue, whose facilitator is Ben; Cleo in Red."""
    staff = await world.staff()
    people = {user_id: await world.connect(user_id) for user_id in ("ann", "ben", "cleo", "dan")}
    blue, red = await world.room(staff, "Blue", facilitatorId="ben"), await world.room(staff, "Red")
    for user_id, room_id in (("ann", blue), ("ben", blue), ("cleo", red)):
        await people[user_id].ask("room.join", roomId=room_id)
    await world.windows()
    for client in (staff, *people.values()):
        client.forget()
    return staff, people, [blue, red]


def _queue(client: Client) -> list[list[tuple[str, Any]]]:
    """Each queue this client was shown: the rooms with who has taken the request."""
    return [
        [(item["roomId"], item["claimedBy"] and item["claimedBy"]["id"]) for item in push["help"]]
        for push in client.pushes("help.updated")
    ]


async def test_request_shows_staff_the_whole_queue_and_the_room_its_own(world: World) -> None:
    staff, people, (blue, red) = await _scene(world)
    await people["cleo"].ask("help.request", reason="no sound")
    await world.pass_seconds(1)
    asked = await people["ann"].ask("help.request")
    assert _queue(staff) == [[(red, None)], [(red, None), (blue, None)]]
    assert _queue(people["ann"]) == _queue(people["ben"]) == [[(blue, None)]]
    assert _queue(people["cleo"]) == [[(red, None)]]
    assert _queue(people["dan"]) == []
    first, second = staff.pushes("help.updated")[-1]["help"]
    assert (first["user"]["id"], first["reason"]) == ("cleo", "no sound")
    assert (second["user"]["id"], second["reason"], second["helpId"]) == ("ann", None, asked["helpId"])
    assert first["requestedAt"] < second["requestedAt"]


async def test_requests_come_over_the_topics_staff_and_you(world: World) -> None:
    staff, people, _ = await _scene(world)
    await people["ann"].ask("help.request")
    for client, topic in ((staff, "staff"), (people["ann"], "you")):
        [frame] = [frame for frame in client.connection.sent if frame["event"] == "breakout.help.updated"]
        assert (frame["topic"], frame["seq"] > 0) == (topic, True)


async def test_card_says_that_a_room_has_asked_for_help(world: World) -> None:
    _, people, (blue, _) = await _scene(world)
    await people["ann"].ask("help.request")
    await world.windows()
    [card] = people["dan"].pushes("rooms.updated")[-1]["rooms"]
    assert (card["id"], card["helpRequested"]) == (blue, True)


async def test_second_request_of_a_room_is_a_conflict_that_names_the_first(world: World) -> None:
    _, people, _ = await _scene(world)
    first = await people["ann"].ask("help.request")
    refused = await people["ben"].refused("help.request")
    assert (refused["code"], refused["details"]) == ("conflict", first)


async def test_request_from_the_main_session_is_refused(world: World) -> None:
    _, people, _ = await _scene(world)
    for event in ("help.request", "help.cancel"):
        assert (await people["dan"].refused(event))["code"] == "not_in_room"


async def test_anybody_of_the_room_takes_its_request_back(world: World) -> None:
    staff, people, (_, _) = await _scene(world)
    asked = await people["ann"].ask("help.request")
    assert await people["ben"].ask("help.cancel") == asked
    assert _queue(staff)[-1] == _queue(people["ann"])[-1] == []
    assert (await people["ann"].refused("help.cancel"))["code"] == "help_not_found"


async def test_claim_shows_who_is_on_the_way_and_a_second_claimer_conflicts(world: World) -> None:
    staff, people, (blue, _) = await _scene(world)
    other = await world.staff("oscar")
    help_id = (await people["ann"].ask("help.request"))["helpId"]
    sent = [client.send("help.claim", helpId=help_id) for client in (staff, other)]
    await world.settle()
    won, lost = staff.reply(sent[0]) or {}, other.reply(sent[1]) or {}
    assert won["success"]
    assert (lost["error"]["code"], lost["error"]["details"]) == ("conflict", {"claimedBy": "olga"})
    assert await staff.ask("help.claim", helpId=help_id) == {}
    assert _queue(people["ann"])[-1] == _queue(other)[-1] == [(blue, "olga")]


async def test_resolved_request_is_gone_and_can_be_neither_claimed_nor_resolved_again(world: World) -> None:
    staff, people, _ = await _scene(world)
    help_id = (await people["ann"].ask("help.request"))["helpId"]
    await staff.ask("help.resolve", helpId=help_id)
    assert _queue(staff)[-1] == _queue(people["ann"])[-1] == []
    for event in ("help.claim", "help.resolve"):
        assert (await staff.refused(event, helpId=help_id))["code"] == "help_not_found"


async def test_request_closes_with_its_room(world: World) -> None:
    staff, people, (blue, red) = await _scene(world)
    help_id = (await people["ann"].ask("help.request"))["helpId"]
    await people["cleo"].ask("help.request")
    await staff.ask("room.close", roomId=blue)
    assert _queue(staff)[-1] == [(red, None)]
    assert (await staff.refused("help.claim", helpId=help_id))["code"] == "help_not_found"
    await staff.ask("room.reopen", roomId=blue)
    assert world.room_state(blue).help is None


async def test_request_survives_the_person_a_crash_and_a_restart(world: World) -> None:
    staff, people, (blue, _) = await _scene(world)
    help_id = (await people["ann"].ask("help.request", reason="stuck"))["helpId"]
    await staff.ask("help.claim", helpId=help_id)
    await people["ann"].ask("room.leave")
    await world.crash(blue)
    before = (await staff.state())["help"]
    assert [(item["helpId"], item["reason"], item["claimedBy"]["id"]) for item in before] == [(help_id, "stuck", "olga")]
    async with world_over(world.store, clock=world.root.clock) as reborn:
        again = await reborn.staff()
        assert (await again.state())["help"] == before
        await again.ask("help.resolve", helpId=help_id)


async def test_queue_in_the_snapshot_is_ordered_by_age_and_hidden_from_attendees() -> None:
    async with world_over(MemoryStore()) as world:
        staff, people, (blue, red) = await _scene(world)
        await people["cleo"].ask("help.request")
        await world.pass_seconds(1)
        await people["ann"].ask("help.request")
        assert [item["roomId"] for item in (await staff.state())["help"]] == [red, blue]
        assert "help" not in await people["ann"].state()


# more time


async def test_request_for_time_reaches_staff_and_the_rooms_facilitator_and_nobody_else(world: World) -> None:
    staff, people, (blue, _) = await _scene(world)
    position = world.store.position
    assert await people["ann"].ask("time.request", seconds=300) == {}
    said = {"roomId": blue, "user": {"id": "ann", "firstName": "Ann", "lastName": "Test"}, "seconds": 300}
    assert staff.pushes("time.requested") == people["ben"].pushes("time.requested") == [said]
    for other in ("ann", "cleo", "dan"):
        assert people[other].pushes("time.requested") == []
    assert world.store.position == position


async def test_facilitator_who_is_staff_gets_a_request_for_time_once(world: World) -> None:
    staff, people, (_, _) = await _scene(world)
    await people["cleo"].ask("time.request", seconds=60)
    assert len(staff.pushes("time.requested")) == 1


async def test_facilitator_may_extend_after_a_request_for_time(world: World) -> None:
    _, people, (blue, _) = await _scene(world)
    await people["ben"].ask("timer.start", roomId=blue, durationSeconds=60)
    await people["ann"].ask("time.request", seconds=300)
    extended = await people["ben"].ask("timer.extend", roomId=blue, seconds=people["ben"].pushes("time.requested")[0]["seconds"])
    assert extended["timer"]["durationSeconds"] == 360


async def test_request_for_time_without_a_facilitator_reaches_staff(world: World) -> None:
    staff, people, (blue, _) = await _scene(world)
    await staff.ask("room.update", roomId=blue, facilitatorId=None)
    await people["ann"].ask("time.request", seconds=60)
    assert len(staff.pushes("time.requested")) == 1
    assert people["ben"].pushes("time.requested") == []


async def test_request_for_time_from_the_main_session_is_refused(world: World) -> None:
    _, people, _ = await _scene(world)
    assert (await people["dan"].refused("time.request", seconds=60))["code"] == "not_in_room"


@pytest.mark.parametrize("role", ["OWNER", "ADMIN", "MODERATOR"])
async def test_every_role_with_manage_sees_the_queue(world: World, role: str) -> None:
    _, people, (blue, _) = await _scene(world)
    host = await world.connect("hal", role=role)
    await people["ann"].ask("help.request")
    assert _queue(host) == [[(blue, None)]]
