"""Counting durations in buckets."""

from breakout.histogram import Histogram


def test_value_is_counted_in_the_first_bucket_that_it_does_not_exceed() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 2.0, 9.0):
        histogram.note(value)
    assert histogram.statistics.counts == (2, 2, 1)


def test_statistics_have_sum_and_count_and_do_not_change_afterwards() -> None:
    histogram = Histogram((1.0,))
    histogram.note(0.25)
    before = histogram.statistics
    histogram.note(4.0)
    assert (before.count, before.total) == (1, 0.25)
    assert (histogram.statistics.count, histogram.statistics.total) == (2, 4.25)
