from collections import Counter

import pytest
from attrs import evolve
from hypothesis import given

from breakout.assignment.party import anchored
from breakout.assignment.planner import Planning, run_plan
from breakout.assignment.request import PlanRequest, RoomSlot
from breakout.contract.commands import Strategy
from tests.fakes.plan_requests import meetings, people, requests, rooms_by_user, sizes, slots

AUTOMATIC = (Strategy.EVEN, Strategy.RANDOM, Strategy.ROTATE)


def asked_for(request: PlanRequest) -> set[str]:
    along = {user for user, person in anchored(request).companions.items() if person in request.people}
    return {*request.people, *along}


@given(requests(strategies=tuple(Strategy)))
def test_plan_places_everybody_once_or_says_they_are_unplaced(request):
    plan = run_plan(request)
    named = Counter([placement.user_id for placement in plan.assignments] + list(plan.unplaced))
    assert named == Counter(asked_for(request))


@given(requests(strategies=tuple(Strategy)))
def test_plan_never_fills_a_room_beyond_its_capacity(request):
    after = sizes(request, run_plan(request))
    assert all(after[room.id] <= room.capacity for room in request.rooms)


@given(requests())
def test_plan_leaves_nobody_out_while_a_place_is_free(request):
    plan = run_plan(request)
    after = sizes(request, plan)
    scarce = [user for user in plan.unplaced if user not in anchored(request).companions]
    assert not scarce or all(after[room.id] >= room.capacity for room in request.rooms)


@given(requests())
def test_plan_sizes_differ_by_at_most_one_where_capacity_and_those_who_stay_allow(request):
    plan = run_plan(request)
    after = sizes(request, plan)
    filled = {room for user, room in rooms_by_user(plan).items() if user not in anchored(request).companions}
    for larger in filled:
        for room in request.rooms:
            assert after[larger] - after[room.id] <= 1 or after[room.id] == room.capacity


@given(requests(strategies=tuple(Strategy)))
def test_plan_is_the_same_for_the_same_request(request):
    assert run_plan(request) == run_plan(request)


@given(requests(strategies=tuple(Strategy)))
def test_companions_go_where_their_person_goes(request):
    placed = rooms_by_user(run_plan(request))
    for companion, person in anchored(request).companions.items():
        if person in request.people:
            assert placed.get(companion) == placed.get(person)


@given(requests(strategies=tuple(Strategy)))
def test_plan_says_of_every_group_that_is_not_together_that_it_is_not(request):
    plan = run_plan(evolve(request, keep_apart=()))
    where = rooms_after(request, plan)
    scattered = sum(len({where[user] for user in group if user in where}) > 1 for group in request.keep_together)
    assert sum("are not together" in sentence for sentence in plan.relaxed) == scattered


@given(requests(strategies=tuple(Strategy)))
def test_plan_says_of_every_group_that_is_not_apart_that_it_is_not(request):
    plan = run_plan(evolve(request, keep_together=()))
    where = rooms_after(request, plan)
    clashing = 0
    for group in request.keep_apart:
        rooms = [where[user] for user in group if where.get(user)]
        clashing += len(rooms) > len(set(rooms))
    assert sum("are not all apart" in sentence for sentence in plan.relaxed) == clashing


def rooms_after(request, plan):
    """The room of everybody placed or staying; None for the unplaced."""
    staying = {user: room.id for room in request.rooms for user in (*room.seated, *room.visitors)}
    return {**staying, **dict.fromkeys(plan.unplaced), **rooms_by_user(plan)}


@pytest.mark.parametrize("strategy", AUTOMATIC)
def test_group_sits_together_when_a_room_holds_it(strategy):
    group = ("p1", "p5", "p9")
    plan = run_plan(PlanRequest(strategy, people(12), slots(3, 3, 3, 3), keep_together=(group,)))
    assert len({rooms_by_user(plan)[user] for user in group}) == 1
    assert plan.relaxed == ()


@pytest.mark.parametrize("strategy", AUTOMATIC)
def test_groups_of_several_sizes_are_packed_so_that_none_is_cut(strategy):
    groups = (("p0", "p1", "p2"), ("p3", "p4", "p5"), ("p6", "p7"), ("p8", "p9"), ("p10", "p11"))
    plan = run_plan(PlanRequest(strategy, people(12), slots(6, 6), keep_together=groups))
    assert plan.relaxed == ()


@pytest.mark.parametrize("strategy", AUTOMATIC)
def test_groups_that_share_a_member_sit_together_all(strategy):
    plan = run_plan(PlanRequest(strategy, people(8), slots(4, 4), keep_together=(("p0", "p7"), ("p7", "p3"))))
    assert len({rooms_by_user(plan)[user] for user in ("p0", "p3", "p7")}) == 1


@pytest.mark.parametrize("strategy", AUTOMATIC)
def test_people_to_keep_apart_are_apart_when_there_are_rooms_enough(strategy):
    apart = (("p0", "p1", "p2", "p3"), ("p3", "p4", "p5", "p6"))
    plan = run_plan(PlanRequest(strategy, people(12), slots(3, 3, 3, 3), keep_apart=apart))
    placed = rooms_by_user(plan)
    assert plan.relaxed == ()
    assert all(len({placed[user] for user in group}) == 4 for group in apart)


def test_group_larger_than_every_room_is_placed_in_parts_and_says_so():
    group = ("p0", "p1", "p2")
    request = PlanRequest(Strategy.EVEN, people(4), slots(2, 2), keep_together=(group,), names={"p0": "Ada"})
    plan = run_plan(request)
    assert plan.unplaced == ()
    assert plan.relaxed == ("Ada, p1 and p2 are not together: they are 3 and the largest room holds 2.",)


def test_more_people_to_keep_apart_than_rooms_are_named_in_a_sentence():
    plan = run_plan(PlanRequest(Strategy.EVEN, people(3), slots(3, 3), keep_apart=(people(3),)))
    assert len(plan.relaxed) == 1
    assert plan.relaxed[0].endswith("are not all apart: they are 3 and the rooms 2.")


def test_even_keeps_people_where_they_sit_and_moves_only_whom_it_must():
    rooms = (RoomSlot("r0", 8, seated=people(5)), RoomSlot("r1", 8, seated=("x",)))
    plan = run_plan(PlanRequest(Strategy.EVEN, (*people(5), "x", "new"), rooms))
    placed = rooms_by_user(plan)
    assert [user for user in people(5) if placed[user] == "r0"] == ["p0", "p1", "p2", "p3"]
    assert placed["x"] == placed["new"] == placed["p4"] == "r1"


def test_even_gives_scarce_places_to_those_who_sit():
    plan = run_plan(PlanRequest(Strategy.EVEN, ("new", "p0"), (RoomSlot("r0", 1, seated=("p0",)),)))
    assert (rooms_by_user(plan), plan.unplaced) == ({"p0": "r0"}, ("new",))


def test_even_counts_those_who_stay_and_not_visitors():
    rooms = (RoomSlot("r0", 8, seated=("s0", "s1"), visitors=("staff",)), RoomSlot("r1", 8, visitors=("a", "b", "c")))
    request = PlanRequest(Strategy.EVEN, people(4), rooms)
    assert sizes(request, run_plan(request)) == {"r0": 3, "r1": 3}


def test_even_gives_the_first_people_the_places_and_draws_no_lots():
    plans = {run_plan(PlanRequest(Strategy.EVEN, people(5), slots(2, 2), seed=seed)) for seed in range(10)}
    assert [plan.unplaced for plan in plans] == [("p4",)]


def test_random_gives_another_plan_for_another_seed():
    plans = {run_plan(PlanRequest(Strategy.RANDOM, people(30), slots(10, 10, 10), seed=seed)) for seed in range(10)}
    assert len(plans) == 10


def test_person_joins_the_room_in_which_somebody_of_their_group_stays():
    rooms = (*slots(4, 4), RoomSlot("r9", 4, seated=("s0", "s1")))
    plan = run_plan(PlanRequest(Strategy.EVEN, people(6), rooms, keep_together=(("p5", "s1"),)))
    assert rooms_by_user(plan)["p5"] == "r9"


def test_person_is_kept_apart_from_somebody_who_stays():
    rooms = (RoomSlot("r0", 8, seated=("s0",)), RoomSlot("r1", 8, seated=("s1", "s2", "s3")))
    plan = run_plan(PlanRequest(Strategy.EVEN, people(4), rooms, keep_apart=(("p2", "s0"),)))
    assert rooms_by_user(plan)["p2"] == "r1"


def test_companion_takes_no_place_and_comes_unasked():
    plan = run_plan(PlanRequest(Strategy.EVEN, ("p0",), slots(1), companions={"captioner": "p0"}))
    assert rooms_by_user(plan) == {"p0": "r0", "captioner": "r0"}


def test_companion_joins_a_person_who_stays():
    rooms = (*slots(4), RoomSlot("r9", 1, seated=("s0",)))
    plan = run_plan(PlanRequest(Strategy.EVEN, ("captioner",), rooms, companions={"captioner": "s0"}))
    assert rooms_by_user(plan) == {"captioner": "r9"}


def test_companion_whose_person_is_elsewhere_stays_where_they_sit():
    rooms = (RoomSlot("r0", 1, visitors=("captioner",)),)
    asked = ("captioner", "late")
    plan = run_plan(PlanRequest(Strategy.EVEN, asked, rooms, companions=dict.fromkeys(asked, "p0")))
    assert (rooms_by_user(plan), plan.unplaced) == ({"captioner": "r0"}, ("late",))


def test_companions_of_each_other_are_placed_as_everybody_else():
    plan = run_plan(PlanRequest(Strategy.EVEN, ("a", "b"), slots(1, 1), companions={"a": "b", "b": "a"}))
    assert sorted(rooms_by_user(plan)) == ["a", "b"]


def test_everybody_is_unplaced_when_there_is_no_room():
    assert run_plan(PlanRequest(Strategy.EVEN, people(2), ())).unplaced == people(2)


def test_planning_has_no_plan_before_its_last_step():
    planning = Planning(PlanRequest(Strategy.EVEN, people(60), slots(30, 30)))
    seen = [planning.plan for _ in planning]
    assert len(seen) > 1
    assert seen[-1] is None
    assert planning.plan is not None


@given(requests(strategies=(Strategy.ROTATE,)))
def test_rotate_repeats_no_more_meetings_than_random_with_the_same_seed(request):
    request = evolve(request, keep_together=(), keep_apart=())
    rotated, shuffled = run_plan(request), run_plan(evolve(request, strategy=Strategy.RANDOM))
    assert met_again(request, rotated) <= met_again(request, shuffled)


def met_again(request, plan):
    """The meetings that each pair who sits together again has had, summed; companions aside; those who stay count."""
    where = rooms_after(request, plan)
    counted: dict[tuple[str, ...], int] = {}
    for (a, b), times in request.met.items():
        about = a != b and {a, b} & set(rooms_by_user(plan)) and not {a, b} & set(anchored(request).companions)
        if about and where.get(a) and where.get(a) == where.get(b):
            pair = tuple(sorted((a, b)))
            counted[pair] = counted.get(pair, 0) | min(times, 15)
    return sum(counted.values())


def test_rotate_lets_nobody_meet_twice_while_that_is_possible():
    met: Counter[tuple[str, str]] = Counter()
    for seed in range(3):
        plan = run_plan(PlanRequest(Strategy.ROTATE, people(16), slots(4, 4, 4, 4), seed=seed, met=dict(met)))
        assert plan.relaxed == ()
        met += meetings(plan)
    assert set(met.values()) == {1}


def test_rotate_says_how_many_pairs_meet_again():
    met = {("p0", "p1"): 3, ("p2", "p1"): 1, ("p0", "p2"): 1}
    plan = run_plan(PlanRequest(Strategy.ROTATE, people(3), slots(3), met=met))
    assert plan.relaxed == ("3 pairs that have met before meet again.",)
