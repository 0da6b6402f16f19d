from hypothesis import given
from hypothesis import strategies as st

from breakout.assignment.improve import Effort, improve
from breakout.assignment.party import Party
from breakout.assignment.seating import Seating
from breakout.assignment.unit import Unit

PEOPLE = 8


def party(*pairs: tuple[int, int]) -> Party:
    """People 0 to 7, of whom these pairs should not meet."""
    names = [f"p{n}" for n in range(PEOPLE)]
    known = Party(names, {name: n for n, name in enumerate(names)}, [0] * PEOPLE)
    for _ in known.learn_apart([(names[a], names[b]) for a, b in pairs]):
        pass
    return known


def unit(known: Party, *members: int, pinned: bool = False) -> Unit:
    made = Unit(list(members), pinned=pinned)
    made.weigh(known)
    return made


def seated(known: Party, *rooms: tuple[int, ...]) -> tuple[Seating, list[Unit]]:
    seating = Seating([0] * len(rooms), [len(room) for room in rooms])
    units = []
    for room, members in enumerate(rooms):
        for member in members:
            units.append(unit(known, member))
            seating.put(units[-1], room)
    return seating, units


def run(seating: Seating, units: list[Unit], effort: int = 10_000) -> None:
    for _ in improve(seating, units, Effort(effort)):
        pass


def test_widest_is_the_room_with_most_places_left():
    seating = Seating([0, 0, 0], [1, 3, 2])
    assert seating.widest(unit(party(), 0)) == 1
    seating.put(unit(party(), 0, 1), 1)
    assert seating.widest(unit(party(), 2)) == 2


def test_widest_passes_over_rooms_in_which_somebody_should_not_be_met():
    known = party((0, 1), (0, 2))
    seating = Seating([0b010, 0b100, 0], [3, 2, 1])
    assert seating.widest(unit(known, 0)) == 2
    assert seating.widest(unit(known, 3)) == 0, "looking has changed nothing"


def test_widest_is_where_fewest_are_met_who_should_not_be_when_there_is_no_other():
    seating = Seating([0b0110, 0b1000], [3, 2])
    assert seating.widest(unit(party((0, 1), (0, 2), (0, 3)), 0)) == 1


def test_unit_that_fits_nowhere_has_no_room():
    seating, group = Seating([0, 0], [1, 2]), unit(party(), 0, 1, 2)
    assert [choose(group) for choose in (seating.widest, seating.tightest, seating.cheapest)] == [None, None, None]


def test_tightest_is_the_smallest_room_that_holds_the_unit():
    assert Seating([0, 0, 0], [1, 3, 2]).tightest(unit(party(), 0, 1)) == 2


def test_swaps_part_those_who_should_not_meet():
    seating, units = seated(party((0, 1), (2, 3)), (0, 1), (2, 3))
    run(seating, units)
    assert seating.cost(units) == 0
    assert sorted(person.bit_count() for person in seating.people) == [2, 2]


def test_pinned_people_are_never_swapped():
    known = party((0, 1))
    seating = Seating([0, 0], [2, 1])
    units = [unit(known, 0, pinned=True), unit(known, 1, pinned=True), unit(known, 2)]
    for one, room in zip(units, (0, 0, 1), strict=True):
        seating.put(one, room)
    run(seating, units)
    assert [one.room for one in units] == [0, 0, 1]


def test_nothing_is_swapped_without_effort():
    seating, units = seated(party((0, 1)), (0, 1), (2, 3))
    run(seating, units, effort=0)
    assert [one.room for one in units] == [0, 0, 1, 1]


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20), st.permutations(range(PEOPLE)))
def test_swaps_never_make_it_worse_and_keep_the_sizes(pairs, order):
    seating, units = seated(party(*pairs), tuple(order[:2]), tuple(order[2:5]), tuple(order[5:]))
    before = seating.cost(units)
    run(seating, units)
    assert seating.cost(units) <= before
    assert [people.bit_count() for people in seating.people] == [2, 3, 3]
    assert all(seating.people[one.room] & one.mask for one in units)
