"""Places of a connection: given back once, and kept while another process has the connection."""

from gateway.connection_limits import ConnectionLimits
from gateway.visit import Visit


def test_places_are_given_back_once_however_often_it_is_said() -> None:
    limits, left = ConnectionLimits(2, 1), []
    visit = Visit(limits, lambda: left.append(1))
    assert visit.enter()
    assert visit.enter_address("10.0.0.1")
    other = Visit(limits)
    assert other.enter()
    visit.leave()
    visit.leave()
    assert (limits.total, left) == (1, [1])
    assert limits.enter_address("10.0.0.1")


def test_places_are_kept_where_another_process_goes_on_with_the_connection() -> None:
    limits = ConnectionLimits(1, 1)
    visit = Visit(limits)
    assert visit.enter()
    visit.elsewhere = True
    visit.end_here()
    assert limits.total == 1
    visit.leave()
    assert limits.total == 0


def test_visit_that_found_no_place_gives_none_back() -> None:
    limits = ConnectionLimits(1, 1)
    assert Visit(limits).enter()
    refused = Visit(limits)
    assert not refused.enter()
    refused.leave()
    assert limits.total == 1
