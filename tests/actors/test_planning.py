"""Assignments: who is placed where, that a plan is carried out as one step, and that nobody waits for a plan."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from actors import planning
from breakout.assignment.planner import Planning as Planner
from tests.actors.harness import Client, World
from tests.actors.mishap import batches_of, never_in_two_rooms, rosters, seats


async def _evening(world: World, people: int = 6, rooms: int = 3, **fields: Any) -> tuple[Client, list[Client], list[str]]:
    """Staff, people in the main session, and empty rooms."""
    staff = await world.staff()
    crowd = [await world.connect(f"p{n:02}") for n in range(people)]
    made = [await world.room(staff, f"Room {n}", **fields) for n in range(rooms)]
    return staff, crowd, made


def _sizes(reply: dict[str, Any]) -> list[int]:
    return sorted(Counter(placement["roomId"] for placement in reply["assignments"]).values())


def _placed(reply: dict[str, Any]) -> dict[str, str]:
    return {placement["userId"]: placement["roomId"] for placement in reply["assignments"]}


# who and where


async def test_preview_places_everybody_connected_over_all_rooms_and_changes_nothing(world: World) -> None:
    staff, _, _ = await _evening(world, people=7)
    position = world.store.position
    plan = await staff.ask("assignments.preview", strategy="even")
    assert _sizes(plan) == [2, 2, 3]
    assert (plan["unplaced"], plan["relaxed"]) == ([], [])
    assert (seats(world), world.store.position) == ({}, position)


async def test_apply_does_what_the_preview_with_the_same_seed_showed(world: World) -> None:
    staff, *_ = await _evening(world, people=9)
    preview = await staff.ask("assignments.preview", strategy="random", seed=7)
    applied = await staff.ask("assignments.apply", strategy="random", seed=7)
    assert applied == preview
    assert {user_id: [room_id] for user_id, room_id in _placed(applied).items()} == seats(world)


async def test_seed_is_drawn_when_none_is_given(world: World) -> None:
    staff, *_ = await _evening(world, people=12, rooms=4)
    plans = [_placed(await staff.ask("assignments.preview", strategy="random")) for _ in range(4)]
    assert any(plan != plans[0] for plan in plans)


async def test_rooms_that_are_closed_or_closing_are_not_filled(world: World) -> None:
    staff, _, rooms = await _evening(world)
    await staff.ask("room.close", roomId=rooms[0])
    await staff.ask("room.close", roomId=rooms[1], graceSeconds=60)
    plan = await staff.ask("assignments.preview", strategy="even")
    assert set(_placed(plan).values()) == {rooms[2]}


async def test_staff_facilitators_and_companions_are_not_placed(world: World) -> None:
    staff, _, rooms = await _evening(world)
    await staff.ask("room.update", roomId=rooms[0], facilitatorId="p00")
    await staff.ask("companion.set", userId="p01", companionOf="p02")
    plan = await staff.ask("assignments.preview", strategy="even", roomIds=rooms[1:])
    assert sorted(_placed(plan)) == ["p01", "p02", "p03", "p04", "p05"]
    assert _placed(plan)["p01"] == _placed(plan)["p02"]
    assert (plan["unplaced"], plan["relaxed"]) == ([], [])


async def test_staff_facilitators_and_companions_who_are_named_are_unplaced_and_said_so(world: World) -> None:
    staff, _, rooms = await _evening(world)
    await staff.ask("room.update", roomId=rooms[0], facilitatorId="p00")
    await staff.ask("companion.set", userId="p01", companionOf="p02")
    plan = await staff.ask("assignments.preview", strategy="even", userIds=["olga", "p00", "p01", "p03"])
    assert sorted(_placed(plan)) == ["p03"]
    assert plan["unplaced"] == ["olga", "p00", "p01"]
    assert plan["relaxed"] == [
        "3 of the people named are not placed: staff, facilitators, companions and people whom an operator has put out are not."
    ]


async def test_companion_who_is_named_with_their_person_is_placed_and_nothing_is_said(world: World) -> None:
    staff, *_ = await _evening(world)
    await staff.ask("companion.set", userId="p01", companionOf="p02")
    plan = await staff.ask("assignments.preview", strategy="even", userIds=["p01", "p02"])
    assert _placed(plan)["p01"] == _placed(plan)["p02"]
    assert (plan["unplaced"], plan["relaxed"]) == ([], [])


async def test_absent_people_who_are_named_are_seated(world: World) -> None:
    staff, crowd, rooms = await _evening(world)
    await crowd[0].leave()
    await staff.ask("assignments.apply", strategy="even", roomIds=rooms[:1], userIds=["p00"])
    assert seats(world) == {"p00": [rooms[0]]}


async def test_wishes_are_kept_or_said_to_be_broken(world: World) -> None:
    staff, *_ = await _evening(world, people=6, maxParticipants=2)
    kept = await staff.ask("assignments.preview", strategy="even", keepTogether=[["p00", "p05"]], keepApart=[["p01", "p02"]])
    placed = _placed(kept)
    assert placed["p00"] == placed["p05"]
    assert placed["p01"] != placed["p02"]
    assert kept["relaxed"] == []
    broken = await staff.ask("assignments.preview", strategy="even", keepTogether=[["p00", "p01", "p02"]])
    [sentence] = broken["relaxed"]
    assert "not together" in sentence


async def test_who_has_no_place_is_unplaced_and_loses_the_seat_that_somebody_else_was_given(world: World) -> None:
    staff, _, rooms = await _evening(world, people=4, rooms=1, maxParticipants=2)
    await staff.ask("assignments.apply", strategy="random", seed=1)
    held = set(seats(world))
    seed = 2
    while set(_placed(await _preview(staff, seed))) == held:
        seed += 1
    applied = await staff.ask("assignments.apply", strategy="random", seed=seed)
    assert applied == await _preview(staff, seed)
    assert set(seats(world)) == set(_placed(applied))
    assert set(applied["unplaced"]) == {f"p{n:02}" for n in range(4)} - set(seats(world))
    assert world.room_state(rooms[0]).participant_count == 2


async def _preview(staff: Client, seed: int) -> Any:
    return await staff.ask("assignments.preview", strategy="random", seed=seed)


async def test_manual_moves_whom_it_names_and_leaves_the_others(world: World) -> None:
    staff, crowd, rooms = await _evening(world)
    await crowd[0].ask("room.join", roomId=rooms[0])
    await crowd[1].ask("room.join", roomId=rooms[0])
    await staff.ask("assignments.apply", strategy="manual", assignments=[{"userId": "p00", "roomId": rooms[1]}])
    assert seats(world) == {"p00": [rooms[1]], "p01": [rooms[0]]}


async def test_manual_placement_into_a_full_room_leaves_the_person_where_they_sit(world: World) -> None:
    staff, crowd, rooms = await _evening(world, maxParticipants=1)
    await crowd[0].ask("room.join", roomId=rooms[0])
    await crowd[1].ask("room.join", roomId=rooms[1])
    applied = await staff.ask("assignments.apply", strategy="manual", assignments=[{"userId": "p00", "roomId": rooms[1]}])
    assert seats(world) == {"p00": [rooms[0]], "p01": [rooms[1]]}
    assert any("full" in sentence for sentence in applied["relaxed"])


async def test_rotate_parts_those_who_have_met(world: World) -> None:
    staff, *_ = await _evening(world, people=4, rooms=2)
    met: set[frozenset[str]] = set()
    for _ in range(3):
        await staff.ask("assignments.apply", strategy="rotate", seed=3)
        await world.pass_seconds(60)
        pairs = {frozenset(people) for people in (await rosters(staff)).values()}
        assert met.isdisjoint(pairs)
        met |= pairs
    again = await staff.ask("assignments.preview", strategy="rotate", seed=3)
    assert again["relaxed"] == ["2 pairs that have met before meet again."]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"strategy": "manual"}, "invalid_data"),
        ({"strategy": "even", "assignments": [{"userId": "p00", "roomId": "r"}]}, "invalid_data"),
        ({"strategy": "even", "roomIds": ["none"]}, "room_not_found"),
        ({"strategy": "even", "userIds": ["none"]}, "user_not_found"),
        ({"strategy": "fair"}, None),
    ],
)
async def test_plan_is_refused_where_the_fields_do_not_fit(world: World, data: dict[str, Any], code: str | None) -> None:
    staff, *_ = await _evening(world)
    if code is None:
        with pytest.raises(Exception, match="strategy"):
            staff.send("assignments.apply", **data)
    else:
        assert (await staff.refused("assignments.apply", **data))["code"] == code
    assert seats(world) == {}


# as one step


async def test_applied_assignment_is_one_batch_and_shows_nobody_in_two_rooms(world: World) -> None:
    staff, crowd, rooms = await _evening(world, people=8)
    await staff.ask("assignments.apply", strategy="random", seed=1)
    await world.windows()
    before = await rosters(staff)
    staff.forget()
    await staff.ask("assignments.apply", strategy="random", seed=2)
    await world.windows()
    assert len(batches_of(world.store, "breakout.assignments.apply")) == 2
    assert never_in_two_rooms(staff, before) == []
    shown = await rosters(staff)
    assert sorted(user_id for people in shown.values() for user_id in people) == sorted(seats(world))
    moved = {i for room_id in rooms for i in set(before[room_id]) - set(shown[room_id])}
    assert moved
    for client in crowd:
        assert len(client.pushes("participant.seated")) == 1 + (client.user_id in moved)


async def test_two_managers_who_apply_at_once_both_get_what_came_of_it(world: World) -> None:
    staff, *_ = await _evening(world, people=8)
    other = await world.staff("oscar")
    first = staff.send("assignments.apply", strategy="random", seed=1)
    second = other.send("assignments.apply", strategy="random", seed=2)
    await world.settle()
    outcomes = [_placed((reply or {})["data"]) for reply in (staff.reply(first), other.reply(second))]
    assert [len(outcome) for outcome in outcomes] == [8, 8]
    assert seats(world) in [{user_id: [room_id] for user_id, room_id in outcome.items()} for outcome in outcomes]


async def test_room_that_closes_while_the_plan_is_made_leaves_its_people_unplaced(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff, _, rooms = await _evening(world, people=4, rooms=2)
    closing: list[str] = []
    _in_the_middle_of_a_plan(monkeypatch, lambda: closing.append(staff.send("room.close", roomId=rooms[1])))
    applied = await staff.ask("assignments.apply", strategy="rotate", seed=1)
    assert len(closing) == 1
    assert len(applied["unplaced"]) == 2
    assert sorted(seats(world)) == sorted(_placed(applied))
    assert set(_placed(applied).values()) == {rooms[0]}


# nobody waits


def _in_the_middle_of_a_plan(monkeypatch: pytest.MonkeyPatch, act: Any) -> list[int]:
    """Have `act` called at the first step of the next plan; returns the steps taken, as they are."""
    steps: list[int] = []

    class Watched(Planner):
        def __iter__(self) -> Iterator[None]:
            for step in super().__iter__():
                if not steps:
                    act()
                steps.append(len(steps))
                yield step

    monkeypatch.setattr(planning, "Planner", Watched)
    return steps


async def test_other_commands_are_answered_while_a_plan_is_made(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    staff, crowd, rooms = await _evening(world, people=40, rooms=10)
    sent: list[str] = []
    steps = _in_the_middle_of_a_plan(monkeypatch, lambda: sent.append(crowd[0].send("room.join", roomId=rooms[0])))
    answered_at: list[int] = []
    flush = crowd[0].connection.flush

    def noticed() -> None:
        flush()
        if sent and crowd[0].reply(sent[0]) and not answered_at:
            answered_at.append(len(steps))

    monkeypatch.setattr(crowd[0].connection, "flush", noticed)
    await staff.ask("assignments.preview", strategy="rotate", seed=1, keepTogether=[["p01", "p02"], ["p03", "p04"]])
    assert answered_at[0] < len(steps)


async def test_more_plans_at_once_than_allowed_are_refused(world: World) -> None:
    staff, *_ = await _evening(world)
    sent = [staff.send("assignments.preview", strategy="rotate", seed=1) for _ in range(planning.MAX_PLANS + 1)]
    await world.settle()
    replies = [staff.reply(envelope_id) or {} for envelope_id in sent]
    assert [reply["success"] for reply in replies].count(False) == 1
    assert [reply["error"]["code"] for reply in replies if not reply["success"]] == ["overloaded"]
    await staff.ask("assignments.preview", strategy="even")
