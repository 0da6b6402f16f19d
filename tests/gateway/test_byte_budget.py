from hypothesis import given
from hypothesis import strategies as st

from gateway.byte_budget import ByteBudget, FrameCounter
from gateway.transport_settings import TransportSettings
from tests.gateway.transport_harness import CONTINUATION, TEXT, client_frame

SETTINGS = TransportSettings()


def affordable(frames: list[bytes]) -> int:
    """How many of `frames`, sent at once in reads of the usual size, the default budget allows."""
    budget = ByteBudget(SETTINGS.inbound_bytes_per_second, SETTINGS.inbound_burst_bytes)
    for number, frame in enumerate(frames):
        reads = -(-len(frame) // SETTINGS.receive_chunk_bytes)
        if not budget.spend(len(frame) + (1 + reads) * SETTINGS.inbound_frame_cost_bytes, now=0.0):
            return number
    return len(frames)


def test_budget_allows_the_whole_burst_and_not_a_byte_more() -> None:
    budget = ByteBudget(10, 100)
    assert budget.spend(100, now=5.0)
    assert not budget.spend(1, now=5.0)


def test_budget_fills_again_with_time_up_to_the_burst() -> None:
    budget = ByteBudget(10, 100)
    assert budget.spend(100, now=5.0)
    assert budget.spend(20, now=7.0)
    assert not budget.spend(101, now=1000.0)


def test_budget_is_empty_after_it_was_overdrawn() -> None:
    budget = ByteBudget(10, 100)
    assert not budget.spend(101, now=5.0)
    assert not budget.spend(1, now=5.0)


def test_default_budget_allows_a_burst_of_forty_commands_of_3000_bytes() -> None:
    assert affordable([client_frame(TEXT, b"x" * 3000)] * 40) == 40


def test_default_budget_allows_seven_messages_of_the_largest_size_at_once() -> None:
    assert affordable([client_frame(TEXT, b"x" * SETTINGS.max_message_bytes)] * 40) == 7


def test_default_budget_allows_twenty_commands_a_second_for_ever() -> None:
    budget = ByteBudget(SETTINGS.inbound_bytes_per_second, SETTINGS.inbound_burst_bytes)
    cost = len(client_frame(TEXT, b"x" * 600)) + 2 * SETTINGS.inbound_frame_cost_bytes
    assert all(budget.spend(cost, now=tick / 20) for tick in range(20 * 600))


def test_default_budget_cuts_a_flood_of_empty_frames_after_fewer_than_2000() -> None:
    budget = ByteBudget(SETTINGS.inbound_bytes_per_second, SETTINGS.inbound_burst_bytes)
    cost = len(client_frame(CONTINUATION)) + SETTINGS.inbound_frame_cost_bytes
    assert next(count for count in range(5000) if not budget.spend(cost, now=0.0)) < 2000


@given(
    sizes=st.lists(st.sampled_from([0, 1, 125, 126, 300, 65536]), max_size=6),
    cuts=st.lists(st.integers(min_value=1, max_value=5000), min_size=1, max_size=50),
)
def test_frame_counter_counts_every_frame_however_the_bytes_are_cut(sizes: list[int], cuts: list[int]) -> None:
    data = b"".join(client_frame(TEXT, b"x" * size) for size in sizes)
    counter, counted, at = FrameCounter(), 0, 0
    for cut in cuts:
        counted += counter.count(data[at : at + cut])
        at += cut
    assert counted + counter.count(data[at:]) == len(sizes)


def test_frame_counter_survives_an_announced_length_of_2_to_the_62() -> None:
    counter = FrameCounter()
    assert counter.count(b"\x81\xff" + (2**62).to_bytes(8, "big") + bytes(4)) == 1
    assert counter.count(b"x" * 1000) == 0
