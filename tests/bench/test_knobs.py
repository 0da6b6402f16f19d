import pytest

from bench.knobs import KnobRefused, Knobs, with_given

ALL = ("sessions", "rooms", "people", "seconds", "rate")


def test_what_is_not_given_stays_as_it_was():
    assert with_given(Knobs(people=7, rooms=10), {"people": None, "rate": 5.0}, ALL) == Knobs(people=7, rooms=10, rate=5.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("sessions", 0), ("rooms", 5001), ("people", -1), ("seconds", 0), ("rate", 0), ("window", 0), ("beats", 21), ("rounds", 0),
     ("grace", 301)],
)  # fmt: skip
def test_knob_out_of_bounds_is_refused_by_name(name, value):
    with pytest.raises(KnobRefused, match=f"--{name} must be from"):
        with_given(Knobs(), {name: value}, (*ALL, name))


def test_knob_that_would_do_nothing_is_refused_by_name():
    with pytest.raises(KnobRefused, match="--window would do nothing here; there is --sessions, --rooms"):
        with_given(Knobs(), {"window": 3, "rooms": 20}, ALL)


def test_per_room_sets_the_people_by_the_rooms():
    assert with_given(Knobs(), {"rooms": 30, "per_room": 8}, ALL).people == 240


def test_people_and_per_room_together_are_refused():
    with pytest.raises(KnobRefused, match="--people or --per-room"):
        with_given(Knobs(), {"people": 3, "per_room": 8}, ALL)


def test_per_room_is_refused_where_there_are_no_people():
    with pytest.raises(KnobRefused, match="--per-room would do nothing"):
        with_given(Knobs(), {"per_room": 8}, ("sessions", "rooms", "rounds"))


def test_fewer_rooms_have_fewer_sessions_unless_they_are_given():
    assert with_given(Knobs(sessions=10), {"rooms": 4}, ALL).sessions == 4
    with pytest.raises(KnobRefused, match="every session has a room"):
        with_given(Knobs(sessions=10), {"rooms": 4, "sessions": 5}, ALL)


def test_more_people_than_a_room_takes_are_refused():
    with pytest.raises(KnobRefused, match="at most 1,000 people"):
        Knobs(sessions=1, rooms=1, people=1001)
