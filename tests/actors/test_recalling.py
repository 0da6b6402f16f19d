"""Calling everybody back: announced, acknowledged, cancelled, enforced, also over crashes and restarts."""

from breakout.room import Status
from tests.actors.harness import Client, World, world_over
from tests.fakes.memory_store import MemoryStore


async def _seated(world: World, count: int = 2) -> tuple[Client, list[Client], list[str]]:
    """Staff, and as many people as rooms, each in their own."""
    staff = await world.staff()
    people = [await world.connect(f"user{n}") for n in range(count)]
    rooms = [await world.room(staff, f"Room {n}") for n in range(count)]
    for client, room_id in zip(people, rooms, strict=True):
        await client.ask("room.join", roomId=room_id)
    await world.windows()
    for client in (staff, *people):
        client.forget()
    return staff, people, rooms


def _statuses(world: World, rooms: list[str]) -> set[Status]:
    return {world.room_state(room_id).status for room_id in rooms}


async def test_forced_recall_announces_itself_and_closes_every_room_when_its_grace_ends(world: World) -> None:
    staff, people, rooms = await _seated(world)
    reply = await staff.ask("all.recall", graceSeconds=10)
    assert reply["expected"] == 2
    assert reply["returnAt"] == world.root.clock.now() + 10_000
    for client, room_id in zip(people, rooms, strict=True):
        [recalled] = client.pushes("recalled")
        assert (recalled["recallId"], recalled["roomId"], recalled["mode"]) == (reply["recallId"], room_id, "forced")
        assert (recalled["graceSeconds"], recalled["returnAt"]) == (10, reply["returnAt"])
    assert _statuses(world, rooms) == {Status.CLOSING}
    await world.pass_seconds(11)
    assert _statuses(world, rooms) == {Status.CLOSED}
    for client in people:
        assert client.pushes("participant.seated") == [{"roomId": None, "by": "recall", "room": None}]
        assert {push["reason"] for push in client.pushes("room.closed")} == {"recall"}
        assert len(client.pushes("recalled")) == 1


async def test_recall_without_grace_brings_everybody_back_at_once(world: World) -> None:
    staff, people, rooms = await _seated(world)
    await staff.ask("all.recall", graceSeconds=0)
    await world.pass_seconds(0.01)
    assert _statuses(world, rooms) == {Status.CLOSED}
    for client in people:
        assert len(client.pushes("recalled")) == 1
        assert await client.room_id() is None


async def test_nobody_enters_a_room_while_it_is_being_recalled(world: World) -> None:
    staff, people, rooms = await _seated(world)
    await staff.ask("all.recall", graceSeconds=10)
    assert (await people[0].refused("room.join", roomId=rooms[1]))["code"] == "room_closed"


async def test_people_who_are_offline_are_expected_and_find_themselves_back(world: World) -> None:
    staff, people, _ = await _seated(world)
    await people[0].leave()
    reply = await staff.ask("all.recall", graceSeconds=5)
    assert reply["expected"] == 2
    await world.pass_seconds(6)
    back = await world.connect("user0")
    state = back.connection.sent[0]["data"]
    assert (state["self"]["roomId"], state["recall"]["recallId"]) == (None, reply["recallId"])
    await back.ask("recall.ack", recallId=reply["recallId"])


async def test_room_made_during_the_grace_is_left_alone_unless_somebody_called_sits_in_it(world: World) -> None:
    staff, people, _ = await _seated(world)
    await staff.ask("all.recall", graceSeconds=5)
    empty, hiding = await world.room(staff, "Empty"), await world.room(staff, "Hiding")
    await people[0].ask("room.join", roomId=hiding)
    await world.pass_seconds(6)
    assert world.room_state(empty).open
    assert not world.room_state(hiding).open
    assert await people[0].room_id() is None


async def test_progress_is_told_to_staff_coalesced_and_completed_with_delays(world: World) -> None:
    staff, people, _ = await _seated(world, 3)
    recall_id = (await staff.ask("all.recall", graceSeconds=2))["recallId"]
    await world.pass_seconds(1)
    for client in people[:2]:
        await client.ask("recall.ack", recallId=recall_id)
    await world.windows()
    progress = staff.pushes("recall.progress")
    assert [(p["acknowledged"], p["missing"]) for p in progress] == [(0, ["user0", "user1", "user2"]), (2, ["user2"])]
    await world.pass_seconds(3)
    await people[2].ask("recall.ack", recallId=recall_id)
    await world.windows()
    last = staff.pushes("recall.progress")[-1]
    assert (last["acknowledged"], last["missing"]) == (3, [])
    assert last["completedAt"] <= world.root.clock.now()
    assert 1000 <= last["delayP50Ms"] < 2000 < last["delayMaxMs"] == last["delayP99Ms"]
    assert (await staff.state())["recall"] is None
    assert people[0].pushes("recall.progress") == []


async def test_recall_completes_a_minute_after_its_end_although_receipts_are_missing(world: World) -> None:
    staff, _, _ = await _seated(world)
    await staff.ask("all.recall", graceSeconds=2)
    await world.pass_seconds(61)
    assert (await staff.state())["recall"] is not None
    await world.pass_seconds(2)
    assert (await staff.state())["recall"] is None
    assert staff.pushes("recall.progress")[-1]["missing"] == ["user0", "user1"]


async def test_second_receipt_changes_nothing(world: World) -> None:
    staff, people, _ = await _seated(world)
    recall_id = (await staff.ask("all.recall", graceSeconds=2))["recallId"]
    await people[0].ask("recall.ack", recallId=recall_id)
    position = world.store.position
    await people[0].ask("recall.ack", recallId=recall_id)
    assert world.store.position == position


async def test_receipt_for_an_unknown_recall_is_refused(world: World) -> None:
    _, people, _ = await _seated(world)
    assert (await people[0].refused("recall.ack", recallId="none"))["code"] == "recall_not_found"


async def test_receipt_for_a_single_rooms_closing_succeeds(world: World) -> None:
    staff, people, rooms = await _seated(world)
    await staff.ask("room.close", roomId=rooms[0], graceSeconds=1)
    [recalled] = people[0].pushes("recalled")
    assert recalled["reason"] == "closed"
    await world.pass_seconds(2)
    assert await people[0].ask("recall.ack", recallId=recalled["recallId"]) == {}
    assert people[1].pushes("recalled") == []


async def test_receipt_for_a_cancelled_recall_succeeds_and_is_counted_nowhere(world: World) -> None:
    staff, [client, _], _ = await _seated(world)
    reply = await staff.ask("all.recall", graceSeconds=10)
    await staff.ask("recall.cancel", recallId=reply["recallId"])
    await world.windows()
    staff.forget()
    assert await client.ask("recall.ack", recallId=reply["recallId"]) == {}
    await world.windows()
    assert staff.pushes("recall.progress") == []


async def test_second_recall_conflicts_while_the_first_one_runs_and_not_when_it_only_collects_receipts(
    world: World,
) -> None:
    staff, _, _ = await _seated(world)
    first = (await staff.ask("all.recall", graceSeconds=5))["recallId"]
    error = await staff.refused("all.recall")
    assert (error["code"], error["details"]["recallId"]) == ("conflict", first)
    await world.pass_seconds(6)
    assert (await staff.ask("all.recall"))["recallId"] != first


async def test_cancelling_gives_the_rooms_their_status_back(world: World) -> None:
    staff, people, rooms = await _seated(world)
    await staff.ask("timer.start", roomId=rooms[0], durationSeconds=600)
    recall_id = (await staff.ask("all.recall", graceSeconds=5))["recallId"]
    await staff.ask("recall.cancel", recallId=recall_id)
    await world.pass_seconds(10)
    assert [world.room_state(room_id).status for room_id in rooms] == [Status.ACTIVE, Status.WAITING]
    assert await people[0].room_id() == rooms[0]
    assert staff.pushes("recall.progress")[-1]["cancelled"]
    assert (await staff.state())["recall"] is None


async def test_cancelling_is_refused_when_the_grace_is_over(world: World) -> None:
    staff, _, _ = await _seated(world)
    recall_id = (await staff.ask("all.recall", graceSeconds=1))["recallId"]
    await world.pass_seconds(2)
    assert (await staff.refused("recall.cancel", recallId=recall_id))["code"] == "recall_not_found"


async def test_invitation_leaves_the_rooms_open(world: World) -> None:
    staff, people, rooms = await _seated(world)
    reply = await staff.ask("all.recall", graceSeconds=5, mode="invited")
    for client in people:
        [recalled] = client.pushes("recalled")
        assert (recalled["mode"], recalled["graceSeconds"]) == ("invited", 5)
    await world.pass_seconds(6)
    assert _statuses(world, rooms) == {Status.WAITING}
    assert await people[0].room_id() == rooms[0]
    assert (await staff.state())["recall"] is None
    assert reply["expected"] == 2


async def test_room_that_restarts_during_the_announcement_is_told_of_it(world: World) -> None:
    staff, _, rooms = await _seated(world)
    world.break_room(rooms[0])
    await staff.ask("all.recall", graceSeconds=5)
    assert _statuses(world, rooms) == {Status.CLOSING}
    await world.pass_seconds(6)
    assert _statuses(world, rooms) == {Status.CLOSED}


async def test_room_that_restarts_as_the_grace_ends_is_closed_all_the_same(world: World) -> None:
    staff, people, rooms = await _seated(world)
    await staff.ask("all.recall", graceSeconds=5)
    await world.pass_seconds(4.99)
    world.break_room(rooms[0])
    await world.pass_seconds(1)
    assert _statuses(world, rooms) == {Status.CLOSED}
    assert await people[0].room_id() is None


async def test_room_that_restarts_during_the_cancellation_stays_open(world: World) -> None:
    staff, people, rooms = await _seated(world)
    recall_id = (await staff.ask("all.recall", graceSeconds=5))["recallId"]
    world.break_room(rooms[0])
    await staff.ask("recall.cancel", recallId=recall_id)
    await world.pass_seconds(10)
    assert _statuses(world, rooms) == {Status.WAITING}
    assert await people[0].room_id() == rooms[0]


async def test_recall_closes_the_rooms_although_the_server_restarts_during_its_grace() -> None:
    store = MemoryStore()
    async with world_over(store) as first:
        staff, _, rooms = await _seated(first)
        reply = await staff.ask("all.recall", graceSeconds=10)
        clock = first.root.clock
    async with world_over(store, clock=clock) as second:
        await second.pass_seconds(5)
        assert _statuses(second, rooms) == {Status.CLOSING}
        await second.pass_seconds(6)
        assert _statuses(second, rooms) == {Status.CLOSED}
        ann = await second.connect("user0")
        await ann.ask("recall.ack", recallId=reply["recallId"])


async def test_recall_is_enforced_although_the_process_died_before_the_rooms_heard_of_it() -> None:
    store = MemoryStore()
    async with world_over(store) as first:
        staff, _, rooms = await _seated(first)
        store.auto_commit = False
        staff.send("all.recall", graceSeconds=10)
        await first.settle()
        assert store.waiting == 1
        store.commit()
        await first.settle()
        assert store.waiting == len(rooms)
        store.lose_waiting()
        clock = first.root.clock
    async with world_over(store, clock=clock) as second:
        assert _statuses(second, rooms) == {Status.CLOSING}
        await second.pass_seconds(11)
        assert _statuses(second, rooms) == {Status.CLOSED}


async def test_everybody_is_told_as_soon_as_the_recall_is_committed_and_before_the_rooms_do_their_part(world: World) -> None:
    staff, people, rooms = await _seated(world)
    world.store.auto_commit = False
    staff.send("all.recall", graceSeconds=10)
    await world.settle()
    assert all(client.pushes("recalled") == [] for client in (*people, staff))
    world.store.commit()
    await world.settle()
    assert world.store.waiting == len(rooms)
    assert [len(client.pushes("recalled")) for client in people] == [1, 1]
    world.store.auto_commit = True
    world.store.commit()
    await world.pass_seconds(11)
    assert [len(client.pushes("recalled")) for client in people] == [1, 1]
    assert _statuses(world, rooms) == {Status.CLOSED}


async def test_recall_whose_commit_fails_is_not_heard_of_by_anybody(world: World) -> None:
    staff, people, rooms = await _seated(world)
    world.store.fail_next()
    assert (await staff.refused("all.recall", graceSeconds=10))["code"] == "storage_unavailable"
    await world.pass_seconds(2)
    assert all(client.pushes("recalled") == [] for client in people)
    assert _statuses(world, rooms) == {Status.WAITING}


async def test_whoever_was_on_the_way_into_a_room_when_it_was_recalled_is_told_too(world: World) -> None:
    staff, people, rooms = await _seated(world)
    late = await world.connect("late")
    world.store.auto_commit = False
    late.send("room.join", roomId=rooms[0])
    staff.send("all.recall", graceSeconds=10)
    await world.settle()
    world.store.auto_commit = True
    world.store.commit()
    await world.pass_seconds(11)
    assert [len(client.pushes("recalled")) for client in (*people, late)] == [1, 1, 1]
    assert await late.room_id() is None
    assert _statuses(world, rooms) == {Status.CLOSED}


async def test_people_of_a_room_that_closes_sooner_are_not_told_twice(world: World) -> None:
    staff, people, rooms = await _seated(world)
    await staff.ask("room.close", roomId=rooms[0], graceSeconds=5)
    await staff.ask("all.recall", graceSeconds=60)
    assert [[push["reason"] for push in client.pushes("recalled")] for client in people] == [["closed"], ["recall"]]
