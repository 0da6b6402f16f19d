import xml.etree.ElementTree as ET

import pytest

from bench.chart import bar_chart, decade_axis, doubling_axis, line_chart, linear_axis, percentile_axis

SVG = "{http://www.w3.org/2000/svg}"


def parsed(text):
    """The diagram as XML; what follows it is the legend."""
    drawn = "<svg " + text.split("<svg ", 1)[1].split("</svg>")[0] + "</svg>"
    return ET.fromstring(drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '))


def lines(*series):
    named = {f"server {n} <&>": points for n, points in enumerate(series)}
    return line_chart("latency", named, percentile_axis(), linear_axis("milliseconds", 80))


def test_every_series_has_a_line_with_all_its_points_inside_the_picture():
    found = parsed(lines([(0, 1), (50, 20), (100, 80)], [(0, 0), (100, 40)]))
    polylines = [line.get("points", "") for line in found.iter(f"{SVG}polyline")]
    points = [[tuple(map(float, pair.split(","))) for pair in line.split()] for line in polylines]
    assert [len(line) for line in points] == [3, 2]
    assert all(0 <= x <= 720 and 0 <= y <= 300 for line in points for x, y in line)
    assert points[0][0][0] < points[0][1][0] < points[0][2][0]
    assert points[0][0][1] > points[0][1][1] > points[0][2][1], "more is higher up"


def test_diagram_has_a_title_and_its_figures_in_words():
    found = parsed(lines([(50, 20)]))
    assert found.get("role") == "img"
    assert found.findtext(f"{SVG}title") == "latency"
    assert "server 0 <&>: 50 20" in (found.findtext(f"{SVG}desc") or "")


def test_legend_names_every_series_and_escapes_it():
    assert lines([(0, 1)], [(0, 2)]).count("<li>") == 2
    assert "server 1 &lt;&amp;&gt;" in lines([(0, 1)], [(0, 2)])
    assert "<li>" not in lines([(0, 1)])


def test_bars_are_as_long_as_their_values():
    found = parsed(bar_chart("cpu", [("a", 10.0, "10"), ("b", 5.0, "5"), ("c", 0.0, "0")]))
    widths = [float(bar.get("width", "")) for bar in found.iter(f"{SVG}rect")]
    assert widths[0] == pytest.approx(2 * widths[1])
    assert widths[2] == 1.0, "nothing is still seen"


def test_bars_of_nothing_are_a_picture_all_the_same():
    assert parsed(bar_chart("cpu", [])).get("viewBox") == "0 0 720 30"


@pytest.mark.parametrize(("highest", "top"), [(80, 80), (81, 100), (0.3, 0.3), (7, 8), (0, 1), (129_000, 150_000)])
def test_linear_axis_ends_at_a_round_number_beyond_the_highest(highest, top):
    axis = linear_axis("ms", highest)
    assert axis.ticks[0][0] == 0
    assert axis.ticks[-1][0] == pytest.approx(top)
    assert axis.place(highest) <= 1.0


def test_decade_axis_gives_each_power_of_ten_as_much_room():
    axis = decade_axis("ms", [0.3, 2.0, 450.0])
    assert [value for value, _ in axis.ticks] == pytest.approx([0.1, 1, 10, 100, 1000])
    assert [axis.place(value) for value, _ in axis.ticks] == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert axis.place(0.0) == 0, "what is less than is shown lies on the ground"


def test_percentile_axis_gives_each_nine_as_much_room():
    place = percentile_axis().place
    steps = [place(99) - place(90), place(99.9) - place(99), place(99.99) - place(99.9)]
    assert steps == pytest.approx([steps[0]] * 3)
    assert place(100) == 1.0


def test_doubling_axis_gives_each_doubling_as_much_room():
    place = doubling_axis("rooms", [250, 500, 1000, 2000]).place
    assert [place(value) for value in (250, 500, 1000, 2000)] == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert doubling_axis("rooms", [250]).place(250) == 0
