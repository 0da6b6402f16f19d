"""A tick from its pattern is the tick as it would be encoded anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakout.contract.pushes import TimerTickPush
from gateway.wire.encode import WireEncoder

ENCODER = WireEncoder()
NUMBERS = st.integers(0, 2**53 - 1)


@given(st.text(min_size=1, max_size=40), NUMBERS, NUMBERS, st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5))
def test_every_tick_is_what_the_encoder_would_have_made(
    room_id: str, ends_at: int, revision: int, beats: list[tuple[int, int]]
) -> None:
    frame = ENCODER.tick_frames(room_id, f"room:{room_id}", ends_at, revision)
    for remaining, now in beats:
        push = TimerTickPush(room_id, remaining, ends_at, now, revision)
        assert frame(remaining, now) == ENCODER.push(push, topic=f"room:{room_id}", seq=None, sent_at=now)


@pytest.mark.parametrize("room_id", ["%d", "100%", '"sentAt":-1', '{"serverAt":-1}', "%(now)s"])
def test_room_whose_id_looks_like_a_place_of_the_pattern_keeps_it(room_id: str) -> None:
    push = TimerTickPush(room_id, 5, 9_000, 4_000, 1)
    made = ENCODER.tick_frames(room_id, f"room:{room_id}", 9_000, 1)(5, 4_000)
    assert made == ENCODER.push(push, topic=f"room:{room_id}", seq=None, sent_at=4_000)
