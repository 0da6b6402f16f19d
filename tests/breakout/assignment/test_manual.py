from breakout.assignment.planner import run_plan
from breakout.assignment.request import PlanRequest, RoomSlot
from breakout.contract.commands import Placement, Strategy
from tests.fakes.plan_requests import people, rooms_by_user, slots


def by_hand(users, rooms, *pairs, **wishes):
    manual = tuple(Placement(user, room) for user, room in pairs)
    return run_plan(PlanRequest(Strategy.MANUAL, tuple(users), tuple(rooms), manual=manual, **wishes))


def test_manual_places_people_as_asked():
    plan = by_hand(people(2), slots(1, 1), ("p0", "r1"), ("p1", "r0"))
    assert rooms_by_user(plan) == {"p0": "r1", "p1": "r0"}
    assert plan.relaxed == ()


def test_manual_leaves_the_last_named_unplaced_when_the_room_is_full():
    plan = by_hand(people(2), [RoomSlot("r0", 1, name="Blue")], ("p1", "r0"), ("p0", "r0"))
    assert (rooms_by_user(plan), plan.unplaced) == ({"p1": "r0"}, ("p0",))
    assert plan.relaxed == ("p0 could not be placed: Blue is full.",)


def test_manual_lets_people_trade_places_of_full_rooms():
    rooms = [RoomSlot("r0", 1, seated=("p0",)), RoomSlot("r1", 1, seated=("p1",))]
    assert rooms_by_user(by_hand(people(2), rooms, ("p0", "r1"), ("p1", "r0"))) == {"p0": "r1", "p1": "r0"}


def test_manual_takes_no_seat_from_those_whose_own_room_stays_full():
    rooms = [RoomSlot("r0", 1, seated=("p0",)), RoomSlot("r1", 1, seated=("stays",))]
    plan = by_hand(people(2), rooms, ("p0", "r1"), ("p1", "r0"))
    assert (rooms_by_user(plan), plan.unplaced) == ({"p0": "r0"}, ("p1",))
    assert len(plan.relaxed) == 2


def test_manual_leaves_people_without_a_placement_where_they_sit():
    plan = by_hand(people(2), [RoomSlot("r0", 1, seated=("p0",))])
    assert (rooms_by_user(plan), plan.unplaced) == ({"p0": "r0"}, ("p1",))


def test_manual_says_which_placements_mean_nothing():
    plan = by_hand(people(1), slots(1, 1), ("who", "r0"), ("p0", "r7"), ("p0", "r0"), ("p0", "r1"))
    assert rooms_by_user(plan) == {"p0": "r0"}
    assert plan.relaxed == (
        "who is not among the people to place.",
        "p0 could not be placed: there is no room r7 to fill.",
        "p0 was given two rooms; the first one counts.",
    )


def test_manual_sends_a_companion_along_with_their_person_whatever_was_asked():
    pairs = ("c", "r1"), ("p0", "r0")
    plan = by_hand(("c", "p0"), slots(1, 1), *pairs, companions={"c": "p0"})
    assert rooms_by_user(plan) == {"c": "r0", "p0": "r0"}
    assert plan.relaxed == ("c goes along with p0.",)


def test_manual_says_which_wishes_its_placements_break():
    pairs = ("p0", "r0"), ("p1", "r0"), ("p2", "r1")
    wishes = {"keep_together": (("p0", "p2"),), "keep_apart": (("p0", "p1"),)}
    plan = by_hand(people(3), slots(3, 3), *pairs, **wishes)
    assert [sentence.split(":")[0] for sentence in plan.relaxed] == [
        "p0 and p2 are not together",
        "p0 and p1 are not all apart",
    ]
