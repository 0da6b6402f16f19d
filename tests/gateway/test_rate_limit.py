"""How fast a connection may send, when it is told to slow down, and when that was often enough."""

import pytest

from gateway.rate_limit import CALM_MS, FAULT_LIMIT, FAULT_WINDOW_MS, FLOOD_MS, CommandRate, FaultCount

START_MS = 1_790_000_000_000


def flooding_after(rate: CommandRate, pause_ms: int, *, start_ms: int = START_MS) -> int | None:
    """After how many milliseconds of one command every `pause_ms` it is enough; None if not within a minute."""
    for now in range(start_ms, start_ms + 60_000, pause_ms):
        if rate.take(now).flooding:
            return now - start_ms
    return None


def test_burst_is_allowed_and_then_as_many_a_second_as_are_set() -> None:
    rate = CommandRate(20, 40)
    assert [rate.take(START_MS).retry_after_ms for _ in range(41)] == [0] * 40 + [50]
    assert [rate.take(START_MS + 1_000).retry_after_ms for _ in range(21)] == [0] * 20 + [50]


@pytest.mark.parametrize("pause_ms", [1, 10, 40])
def test_client_that_keeps_on_is_flooding_ten_seconds_after_it_was_first_refused(pause_ms: int) -> None:
    rate = CommandRate(20, 40)
    first_refused = next(now for now in range(START_MS, START_MS + 60_000, pause_ms) if rate.take(now).retry_after_ms)
    after = flooding_after(rate, pause_ms, start_ms=first_refused + pause_ms)
    assert after is not None
    assert FLOOD_MS - pause_ms <= after <= FLOOD_MS + pause_ms


def test_client_that_keeps_to_the_rate_is_never_flooding() -> None:
    assert flooding_after(CommandRate(20, 40), 50) is None


def test_client_that_calms_down_begins_anew() -> None:
    rate = CommandRate(20, 1)
    for now in range(START_MS, START_MS + FLOOD_MS - 500, 10):
        assert not rate.take(now).flooding
    calm = START_MS + FLOOD_MS - 500 + CALM_MS + 100
    after = flooding_after(rate, 10, start_ms=calm)
    assert after is not None
    assert after >= FLOOD_MS


def test_twentieth_fault_within_ten_seconds_is_too_many_and_older_ones_do_not_count() -> None:
    faults = FaultCount()
    pause = FAULT_WINDOW_MS // (FAULT_LIMIT - 1) + 1
    assert not any(faults.add(START_MS + n * pause) for n in range(100))
    faults = FaultCount()
    assert [faults.add(START_MS + n) for n in range(FAULT_LIMIT)] == [False] * (FAULT_LIMIT - 1) + [True]
