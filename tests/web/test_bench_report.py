"""axe finds nothing (WCAG 2.2 AA) on the bench's report, in either scheme, wide and at phone width."""

import pytest
from playwright.sync_api import Browser

from tests.bench.pages import full_page
from tests.web.test_accessibility import violations

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_report_has_no_violations_and_fits_a_phone(browser: Browser, scheme: str) -> None:
    page = browser.new_context(color_scheme=scheme).new_page()  # type: ignore[arg-type]
    page.set_content(full_page())
    assert violations(page) == ""
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
