import pytest

from bench.generator import session_after_session
from bench.generators import Clients, GeneratorFailed, Generators, generators
from bench.process import Place
from bench.target import Address
from bench.token import SignedTokens


def busiest(*placed):
    places = [Place(() if core is None else (core,)) for core, _ in placed]
    return Generators([], places).busiest([used for _, used in placed])


def test_busiest_is_the_core_and_not_the_process():
    assert busiest((1, 0.5), (1, 0.4), (2, 0.7)) == pytest.approx(0.9)


def test_processes_without_a_core_of_their_own_are_counted_one_by_one():
    assert busiest((None, 0.5), (None, 0.4)) == 0.5


def test_what_processes_do_together_is_shared_out():
    crowd = Generators([None] * 4, [Place()] * 4)  # type: ignore[list-item]
    assert crowd.share(100.0) == 25.0
    assert crowd.slots(10) == 2
    assert crowd.slots(1) == 1


def crowd(people=4, processes=2):
    clients = Clients("breakout", Address("127.0.0.1", 1), SignedTokens(b"k" * 48), [("s0", "r0")], people)
    return generators(clients, [Place()] * processes)


def test_every_process_has_its_share_of_the_clients_and_answers():
    with crowd() as both:
        assert [report["clients"] for report in both.do("status")] == [0, 0]
        assert len(both.busy_seconds()) == 2


def test_people_whom_nobody_lets_in_are_counted_and_not_waited_for():
    with crowd(processes=1) as one:
        reports = one.do("enter", in_flight=2, how="join", seconds=3600.0)
        assert reports[0]["entered"] == 0
        assert one.do("status")[0]["lost"] == {"1006": 4}


def test_sessions_fill_up_a_few_at_a_time():
    rooms = ["a", "b", "c", "a", "b", "c"]
    assert session_after_session(list(range(8)), rooms, 1) == [0, 3, 6, 1, 4, 7, 2, 5]
    assert session_after_session(list(range(8)), rooms, 2) == [0, 1, 3, 4, 6, 7, 2, 5]
    assert session_after_session(list(range(8)), rooms, 3) == list(range(8))


def test_process_that_died_is_an_error_and_no_endless_wait():
    with crowd(processes=1) as one:
        one.processes[0].kill()
        one.processes[0].wait()
        with pytest.raises(GeneratorFailed, match="died"):
            one.do("status")
