from bench.histogram import curve, merged, new_histogram, note, summary, to_text


def filled(*seconds):
    histogram = new_histogram()
    for value in seconds:
        note(histogram, value)
    return histogram


def test_summary_has_the_tail_to_three_digits():
    found = summary(filled(*([0.001] * 990), *([0.1234] * 10)))
    assert found["p50"] == found["p90"] == found["p99"] == 1.0
    assert abs(found["p99.9"] - 123.4) < 0.2
    assert abs(found["max"] - 123.4) < 0.2
    assert found["count"] == 1000


def test_summary_of_nothing_claims_no_latency():
    assert summary(new_histogram()) == {"count": 0}


def test_merging_adds_up_what_processes_counted():
    found = summary(merged([to_text(filled(0.001, 0.001)), to_text(filled(0.2, 0.2))]))
    assert found["count"] == 4
    assert found["p50"] == 1.0
    assert abs(found["p90"] - 200) < 0.5


def test_latency_beyond_the_range_counts_as_its_end():
    assert summary(filled(1e6))["max"] >= 119_000
    assert summary(filled(-1.0))["max"] == 0.001


def test_curve_climbs_with_the_percentile():
    points = curve(filled(0.001, 0.002, 0.01), (0, 50, 100))
    assert [share for share, _ in points] == [0, 50, 100]
    assert points[0][1] < points[1][1] < points[2][1]
