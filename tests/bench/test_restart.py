from bench.knobs import Knobs
from bench.scenarios.restart import Restarts

KNOBS = Knobs(sessions=1, rooms=2, people=4, rounds=1)
"""Persons 0 and 2 sit in the room that crashes, 1 and 3 in the other."""


def seen(*, told=(0, 2), heard=(1, 3), gaps=(), refused=()):
    ticks = {"heard": [(1, 2), (3, 2)], "gaps": list(gaps), "doubles": []}
    return Restarts(KNOBS, [100.0], [{
        "seen": [(number, 100.0 + number / 10) for number in told], "ticks": ticks, "refused": list(refused), "unanswered": [],
        "acknowledged": [(1, "a")], "heard": [(number, 1) for number in heard],
    }])  # fmt: skip


def test_room_is_restored_when_the_last_of_its_people_heard_of_it():
    assert [round(delay, 1) for delay in seen().delays(0)] == [0.0, 0.2]
    assert seen().faults() == []


def test_person_who_was_not_told_is_a_fault():
    assert seen(told=(0,)).faults() == ["1 people did not hear of the restart"]


def test_message_or_tick_that_another_room_lost_is_a_fault():
    assert seen(heard=(1,)).faults() == ["1 deliveries lost"]
    assert seen(gaps=[(3, 1)]).faults() == ["1 ticks lost"]
    assert seen(refused=[(3, "overloaded")]).faults() == ["1 messages elsewhere refused: overloaded"]


def test_what_the_crashed_room_lost_is_its_own():
    assert seen(gaps=[(2, 1)], refused=[(0, "room_unavailable")]).faults() == []
