"""The browser that the other tests of this folder use."""

import pytest
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_chromium_opens_a_page_runs_its_script_and_has_a_font(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content("<p id=x style='display:inline-block'>Ämpäri µg/l</p>")
    page.evaluate("document.title = 'Virtaama'")
    assert page.title() == "Virtaama"
    box = page.locator("#x").bounding_box()
    assert box is not None
    assert box["width"] > 50
    page.close()
