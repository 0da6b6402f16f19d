import re
from html.parser import HTMLParser

from bench.report import number, report, write_report
from tests.bench.pages import full_page
from tests.bench.results import made


class Tags(HTMLParser):
    """Sees that what is opened is closed."""

    VOID = ("meta", "line", "circle", "rect", "polyline")  # those of SVG end with their own slash

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in self.VOID

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_page_is_well_formed():
    tags = Tags()
    tags.feed(full_page())
    assert tags.open == []


def test_page_needs_nothing_from_anywhere():
    page = full_page()
    assert "http:" not in page.replace("http://www.w3.org", "")
    assert "https:" not in page
    assert not re.search(r"<(script|link|img|iframe)|\bsrc=|\burl\(|@import", page)


def test_what_others_wrote_is_text_and_not_markup():
    page = full_page()
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; co") == 2
    assert "A &lt;CPU&gt;" in page


def test_page_has_colours_for_light_and_for_dark():
    page = full_page()
    assert "color-scheme: light dark" in page
    assert "prefers-color-scheme: dark" in page


def test_bars_are_told_in_words_with_what_was_seen():
    page = full_page()
    assert '<span class="bad">missed</span>: cpu_us_per_delivery &lt;= 1.3 x floor (seen 15, 1.50 x)' in page
    assert '<span class="good">reached</span>: deliveries_per_second &gt;= 0.8 x floor (seen 100, 1.00 x)' in page
    assert '<span class="soft">not compared</span>: joins_per_second &lt;= 1 x socketio' in page


def test_refusal_to_publish_faults_and_the_command_are_on_the_page():
    page = full_page()
    assert "no rates and latencies: the generator used 95% of its core" in page
    assert "floor: 1 deliveries lost" in page
    assert "<code>breakout-bench run ticks --people 8 --rooms 2</code>" in page


def test_page_has_curves_bars_and_growth():
    page = full_page()
    for title in ("delivery latency", "cpu_us_per_delivery", "us per tick by rooms", "KiB per room by rooms"):
        assert f"<title>{title}</title>" in page


def test_page_of_an_unpublished_run_has_no_curve():
    assert "<polyline" not in report([{**made(), "contenders": [{**made()["contenders"][0], "curves": {}}]}])


def test_report_is_written_where_it_was_asked_for(tmp_path):
    write_report([made()], tmp_path / "deep" / "r.html")
    assert (tmp_path / "deep" / "r.html").read_text().startswith("<!doctype html>")


def test_numbers_are_as_short_as_people_read_them():
    assert [number(value) for value in (None, 0.0, 1.2345, 999.4, 1000, 129_000.7)] == ["", "0", "1.23", "999", "1,000", "129,001"]
