from bench.knobs import Knobs
from bench.missing import missing_messages, missing_ticks, not_acknowledged, ticks_due

KNOBS = Knobs(sessions=1, rooms=2, people=4)
"""Persons 0 and 2 sit in one room, 1 and 3 in the other."""


def talk(said=(), heard=(), refused=(), unanswered=()):
    return {"acknowledged": list(said), "heard": list(heard), "refused": list(refused), "unanswered": list(unanswered)}


def test_everybody_in_a_room_hears_what_was_said_there():
    reports = [talk([(0, "a"), (1, "b")], [(0, 2), (2, 2)]), talk([(2, "c")], [(1, 1), (3, 1)])]
    assert missing_messages(reports, KNOBS) == []


def test_what_one_lost_and_another_heard_twice_does_not_cancel_out():
    heard = [(0, 2), (2, 0), (1, 0), (3, 0)]
    assert missing_messages([talk([(0, "a")], heard)], KNOBS) == ["1 deliveries lost", "1 deliveries doubled"]


def test_only_the_rooms_that_are_asked_for_are_judged():
    report = talk([(0, "a"), (1, "b")], [(1, 1), (3, 1)], refused=[(2, "room_unavailable")], unanswered=[0])
    assert missing_messages([report], KNOBS, range(1, 2)) == []
    assert missing_messages([report], KNOBS) == ["1 messages refused: room_unavailable", "1 messages not answered"]


def test_refusals_are_faults_by_code_with_advice():
    reports = [talk(refused=[(0, "rate_limited"), (1, "rate_limited")]), talk(refused=[(2, "room_closed")], unanswered=[1, 1])]
    faults = not_acknowledged(reports, KNOBS, what="changes")
    assert faults[0].startswith("2 changes refused: rate_limited; lower --rate")
    assert faults[1:] == ["1 changes refused: room_closed", "2 changes not answered"]


def ticked(*heard, gaps=(), doubles=()):
    return {"heard": list(enumerate(heard)), "gaps": list(gaps), "doubles": list(doubles)}


def test_ticks_may_differ_by_the_one_at_the_edge_of_the_window():
    assert missing_ticks([ticked(10, 11, 9, 10)], KNOBS, 10) == []


def test_person_who_heard_too_few_ticks_or_none_is_a_fault():
    assert missing_ticks([ticked(10, 8, 10)], KNOBS, 10) == ["2 people heard too few ticks, one of them 0 of 10"]
    assert missing_ticks([ticked(10, 8, 10)], KNOBS, 10, range(1)) == []


def test_ticks_lost_and_doubled_are_told_apart():
    found = missing_ticks([ticked(9, 9, 9, 9, gaps=[(0, 2)], doubles=[(1, 1)])], KNOBS, 10)
    assert found == ["2 ticks lost", "1 ticks doubled"]


def test_ticks_that_are_due_are_those_that_fit_in_whatever_the_phase():
    assert [ticks_due(seconds, 10) for seconds in (0.05, 1.0, 2.55)] == [0, 10, 25]
