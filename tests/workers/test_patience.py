from gateway.workers.patience import Patience


def test_worker_is_started_again_at_once_after_a_long_life() -> None:
    patience = Patience()
    assert [patience.pause_after(3_600) for _ in range(10)] == [0.0] * 10


def test_pauses_grow_while_lives_are_short_up_to_ten_seconds() -> None:
    patience = Patience()
    assert [patience.pause_after(1.0) for _ in range(9)] == [0.0, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_long_life_makes_short_ones_forgotten() -> None:
    patience = Patience()
    for _ in range(8):
        patience.pause_after(0.1)
    assert [patience.pause_after(5.0), patience.pause_after(0.1), patience.pause_after(0.1)] == [0.0, 0.0, 0.0]
