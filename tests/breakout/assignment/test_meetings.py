from hypothesis import given
from hypothesis import strategies as st

from breakout.assignment.meetings import Meetings
from breakout.ports import Stay


def stay(user: str, joined_at: int, left_at: int | None, room: str = "r1") -> Stay:
    return Stay(
        position=1, room_id=room, user_id=user, first_name="", last_name="", role="PARTICIPANT",
        joined_at=joined_at, left_at=left_at, speaking_seconds=0,
    )


def met(*stays: Stay) -> dict[tuple[str, str], int]:
    meetings = Meetings(stays)
    for _ in meetings:
        pass
    return meetings.met


def test_people_meet_when_they_are_in_one_room_at_the_same_time():
    assert met(stay("bo", 0, 10), stay("ada", 9, 20), stay("cy", 20, None)) == {("ada", "bo"): 1}


def test_people_in_other_rooms_do_not_meet():
    assert met(stay("ada", 0, None, "r1"), stay("bo", 0, None, "r2")) == {}


def test_who_is_still_there_meets_whoever_comes():
    assert met(stay("ada", 0, None), stay("bo", 10**9, 10**9 + 1)) == {("ada", "bo"): 1}


def test_pair_that_meets_in_two_rooms_has_met_twice():
    assert met(*(stay(user, 0, 9, room) for user in ("ada", "bo") for room in ("r1", "r2"))) == {("ada", "bo"): 2}


@given(st.lists(st.builds(
    lambda user, room, joined, length: stay(user, joined, joined + length, room),
    st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 20), st.integers(1, 10),
), max_size=12))
def test_meetings_are_the_pairs_of_stays_that_overlap(stays):
    expected: dict[tuple[str, str], int] = {}
    for n, one in enumerate(stays):
        for other in stays[n + 1 :]:
            overlap = one.joined_at < (other.left_at or 0) and other.joined_at < (one.left_at or 0)
            if overlap and one.room_id == other.room_id and one.user_id != other.user_id:
                pair = (min(one.user_id, other.user_id), max(one.user_id, other.user_id))
                expected[pair] = expected.get(pair, 0) + 1
    assert met(*stays) == expected
